import type { ChatCompletionChunk } from "../../../protocol/chat-chunk.ts";
import type { Usage } from "../../../protocol/chat-completion.ts";

/** Puts the usage where OpenAI has it: on a chunk of its own behind the last choice, and only for those who asked. */
export interface UsagePlacer {
  /** The chunk as it is to be seen; null when there is nothing else in it. */
  take(chunk: ChatCompletionChunk): ChatCompletionChunk | null;
  /** The chunk that ends the stream; null when the upstream told no usage or nobody asked. */
  end(): ChatCompletionChunk | null;
}

/** Upstreams put it on the last choice's chunk, on every chunk, or where it belongs: the last word counts. */
export function createUsagePlacer({ isWanted }: { isWanted: boolean }): UsagePlacer {
  let last: { readonly usage: Usage; readonly chunk: ChatCompletionChunk } | null = null;
  return {
    take(chunk) {
      if (!("usage" in chunk)) return chunk;
      const { usage, ...rest } = chunk;
      if (usage) last = { usage, chunk };
      if (usage && chunk.choices.length === 0) return null;
      return isWanted ? { ...rest, usage: null } : rest;
    },
    end: () => (isWanted && last !== null ? { ...last.chunk, choices: [], usage: last.usage } : null),
  };
}
