import type { Llama, LlamaModel } from "node-llama-cpp";
import type { Pooling } from "../engine-messages.ts";
import { readFileStamp } from "../file-stamp.ts";
import { POOLING_TYPES } from "./pooling.ts";

/** A file's weights in memory, used by one context per adapter. */
export interface BaseModel {
  readonly model: LlamaModel;
  /** The last user's call frees the weights. */
  release(): Promise<void>;
}

export interface BaseFile {
  readonly path: string;
  readonly architecture: string;
  /** Instead of the file's own; null = as the file says. */
  readonly pooling: Pooling | null;
}

export interface BaseModels {
  /** Loads the weights, or shares those that are loaded from the same file already. */
  use(options: {
    readonly file: BaseFile;
    readonly contextTokens: number;
    readonly onProgress: (share: number) => void;
  }): Promise<BaseModel>;
}

interface Entry {
  readonly loading: Promise<LlamaModel>;
  users: number;
}

export function createBaseModels(llama: Llama): BaseModels {
  const entries = new Map<string, Entry>();

  return {
    async use({ file, contextTokens, onProgress }) {
      const identity = identifyBase(file);
      const entry = entries.get(identity) ?? {
        users: 0,
        loading: llama.loadModel({
          modelPath: file.path,
          ...(file.pooling !== null && {
            metadataOverrides: { [file.architecture]: { pooling_type: POOLING_TYPES[file.pooling] } },
          }),
          // On an accelerator the context that follows needs its share of the memory too.
          gpuLayers: { fitContext: { contextSize: contextTokens } },
          onLoadProgress: onProgress,
        }),
      };
      entries.set(identity, entry);
      entry.users++;
      const release = async () => {
        if (--entry.users > 0) return;
        if (entries.get(identity) === entry) entries.delete(identity);
        const loaded = await entry.loading.catch(() => undefined);
        await loaded?.dispose();
      };
      try {
        return { model: await entry.loading, release };
      } catch (error) {
        await release();
        throw error;
      }
    },
  };
}

/** The same for all who share one copy of the weights. */
export function identifyBase({ path, pooling }: Pick<BaseFile, "path" | "pooling">): string {
  return `${readFileStamp(path) ?? path} ${pooling ?? ""}`;
}
