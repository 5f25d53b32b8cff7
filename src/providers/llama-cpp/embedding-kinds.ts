import { type EmbeddingTraits, readEmbeddingTraits } from "./engine/embedding-traits.ts";
import type { EngineModel, Pooling } from "./engine-messages.ts";
import { readFileStamp } from "./file-stamp.ts";
import type { SourceModel } from "./model-source.ts";

/** How a model makes embeddings. */
export interface EmbeddingKind {
  /** Instead of the file's own; null = as the file says. */
  readonly pooling: Pooling | null;
  /** Numbers in a vector; null while its file cannot be read. */
  readonly width: number | null;
  /** Whether a vector may be shortened. */
  readonly isMatryoshka: boolean;
}

/** Which models make embeddings, and which write. Reads the beginning of a file once, and again when it changed. */
export interface EmbeddingKinds {
  /** Null for a model that makes none. */
  pick(model: SourceModel): EmbeddingKind | null;
  /** True also while its file cannot be read: loading it will tell why. */
  canWrite(model: SourceModel): boolean;
  /** What the model is for: what it is loaded for ahead of the first call. */
  pickUse(model: SourceModel): EngineModel["use"];
}

export function createEmbeddingKinds(): EmbeddingKinds {
  const seen = new Map<string, { readonly stamp: string | null; readonly traits: EmbeddingTraits | null }>();

  function readTraits(path: string): EmbeddingTraits | null {
    const stamp = readFileStamp(path);
    const known = seen.get(path);
    if (known?.stamp === stamp) return known.traits;
    const traits = readEmbeddingTraits(path);
    seen.set(path, { stamp, traits });
    return traits;
  }

  return {
    pick({ path, adapter, embeddings: settings }) {
      // An adapter is trained for what the model writes.
      if (settings?.isOn === false || adapter !== undefined) return null;
      const traits = readTraits(path);
      const kind = { pooling: settings?.pooling ?? null, isMatryoshka: settings?.isMatryoshka ?? false };
      // Loading it will tell what is wrong with the file.
      if (traits === null) return { ...kind, width: null };
      if (!traits.readsText) return null;
      const pooling = kind.pooling ?? traits.pooling;
      // A model that writes gives its last token's state, but only when somebody said that it is to be used so.
      const isMeant = pooling !== null || (settings !== undefined && !traits.isEncoder);
      return isMeant ? { ...kind, width: traits.width } : null;
    },
    canWrite: ({ path }) => readTraits(path)?.writesText ?? true,
    pickUse({ path, adapter, embeddings }) {
      if (embeddings?.isOn === false || adapter !== undefined) return "text";
      const traits = readTraits(path);
      return traits?.isEncoder || traits?.pooling ? "embeddings" : "text";
    },
  };
}
