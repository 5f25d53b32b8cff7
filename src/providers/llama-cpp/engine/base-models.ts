import { statSync } from "node:fs";
import type { Llama, LlamaModel } from "node-llama-cpp";

/** A file's weights in memory, used by one context per adapter. */
export interface BaseModel {
  readonly model: LlamaModel;
  /** The last user's call frees the weights. */
  release(): Promise<void>;
}

export interface BaseModels {
  /** Loads the weights, or shares those that are loaded from the same file already. */
  use(options: {
    readonly path: string;
    readonly contextTokens: number;
    readonly onProgress: (share: number) => void;
  }): Promise<BaseModel>;
  isLoaded(path: string): boolean;
}

interface Entry {
  readonly loading: Promise<LlamaModel>;
  users: number;
}

export function createBaseModels(llama: Llama): BaseModels {
  const entries = new Map<string, Entry>();

  return {
    isLoaded: (path) => entries.has(identifyFile(path)),
    async use({ path, contextTokens, onProgress }) {
      const identity = identifyFile(path);
      const entry = entries.get(identity) ?? {
        users: 0,
        loading: llama.loadModel({
          modelPath: path,
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

/** The same for every path to a file, another one once the file was replaced. */
export function identifyFile(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? path : [stats.dev, stats.ino, stats.size, stats.mtimeMs].join(" ");
}
