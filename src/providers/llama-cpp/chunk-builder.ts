import type { ChatCompletionChunk } from "../../protocol/chat-chunk.ts";
import type { Usage } from "../../protocol/chat-completion.ts";

export interface ChunkBuilder {
  role(index: number): ChatCompletionChunk;
  text(index: number, content: string): ChatCompletionChunk;
  finish(index: number, reason: "stop" | "length"): ChatCompletionChunk;
  usage(usage: Usage): ChatCompletionChunk;
}

type Delta = ChatCompletionChunk["choices"][number]["delta"];

/** Chunks as OpenAI sends them; with usage asked for, every chunk but the last says `usage: null`. */
export function createChunkBuilder(head: {
  readonly id: string;
  readonly created: number;
  readonly model: string;
  readonly includesUsage: boolean;
}): ChunkBuilder {
  const { includesUsage, ...fields } = head;
  const common = { ...fields, object: "chat.completion.chunk" as const };
  const withChoice = (
    index: number,
    delta: Delta,
    reason: "stop" | "length" | null,
  ): ChatCompletionChunk => ({
    ...common,
    choices: [{ index, delta, logprobs: null, finish_reason: reason }],
    ...(includesUsage && { usage: null }),
  });
  return {
    role: (index) => withChoice(index, { role: "assistant", content: "", refusal: null }, null),
    text: (index, content) => withChoice(index, { content }, null),
    finish: (index, reason) => withChoice(index, {}, reason),
    usage: (usage) => ({ ...common, choices: [], usage }),
  };
}
