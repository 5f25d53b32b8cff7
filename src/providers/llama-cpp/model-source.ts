import type { Pooling } from "./engine-messages.ts";

/** One model that the provider can serve. */
export interface SourceModel {
  readonly name: string;
  /** Absolute path of the GGUF file. */
  readonly path: string;
  /** Changes whenever the file does; stored with every answer. */
  readonly version: string;
  /** A LoRA adapter laid over the base file. */
  readonly adapter?: { readonly name: string; readonly path: string } | undefined;
  /** Tokens of context; left out = what the model was trained for. */
  readonly contextLength?: number | undefined;
  /** Left out = whether and how it makes embeddings is as its file says. */
  readonly embeddings?: EmbeddingSettings | undefined;
  /** Unix seconds. */
  readonly created: number;
  /** Other names it answers to. */
  readonly aliases?: readonly string[] | undefined;
}

export interface EmbeddingSettings {
  readonly isOn: boolean;
  /** Instead of the file's own. */
  readonly pooling?: Pooling | undefined;
  /** Trained so that the first numbers of a vector are a vector of their own. */
  readonly isMatryoshka: boolean;
}

export interface ModelCatalogue {
  readonly models: readonly SourceModel[];
  /** Name of the model that answers to "default"; null while there is none. */
  readonly defaultName: string | null;
}

/** Where the provider learns which models exist. */
export interface ModelSource {
  current(): ModelCatalogue;
  /** Calls `listener` after each change; returns how to stop that. */
  onChange(listener: () => void): () => void;
}

export function findModel(catalogue: ModelCatalogue, name: string): SourceModel | undefined {
  const wanted = name === "default" ? catalogue.defaultName : name;
  if (wanted === null) return undefined;
  return (
    catalogue.models.find((model) => model.name === wanted) ??
    catalogue.models.find((model) => model.aliases?.includes(wanted))
  );
}

/** A source that never changes. */
export function createFixedModelSource(models: readonly SourceModel[]): ModelSource {
  const catalogue: ModelCatalogue = { models, defaultName: models[0]?.name ?? null };
  return { current: () => catalogue, onChange: () => () => {} };
}
