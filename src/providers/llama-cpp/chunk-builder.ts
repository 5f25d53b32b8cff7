import type { ChatCompletionChunk, ChunkChoice } from "../../protocol/chat-chunk.ts";
import type { FinishReason, Usage } from "../../protocol/chat-completion.ts";
import type { TokenLogprob } from "../../protocol/chat-logprobs.ts";
import { createToolCallId } from "../../protocol/ids.ts";
import type { ChoiceEvent } from "./read-choice.ts";

export interface ChunkBuilder {
  /** `content` is null for an answer that begins with a call. */
  role(index: number, content: "" | null): ChatCompletionChunk;
  event(index: number, event: ChoiceEvent): ChatCompletionChunk;
  finish(index: number, reason: FinishReason): ChatCompletionChunk;
  usage(usage: Usage): ChatCompletionChunk;
}

type Delta = ChunkChoice["delta"];

/** Chunks as OpenAI sends them; with usage asked for, every chunk but the last says `usage: null`. */
export function createChunkBuilder(head: {
  readonly id: string;
  readonly created: number;
  readonly model: string;
  readonly includesUsage: boolean;
  /** Calls as `function_call`, the form before `tool_calls`. */
  readonly isLegacy: boolean;
}): ChunkBuilder {
  const { includesUsage, isLegacy, ...fields } = head;
  const common = { ...fields, object: "chat.completion.chunk" as const, system_fingerprint: null };
  const withChoice = (choice: Pick<ChunkChoice, "index" | "delta"> & Partial<ChunkChoice>) => ({
    ...common,
    choices: [{ logprobs: null, finish_reason: null, ...choice }],
    ...(includesUsage && { usage: null }),
  });
  return {
    role: (index, content) => withChoice({ index, delta: { role: "assistant", content, refusal: null } }),
    event(index, event) {
      if (event.kind !== "content") return withChoice({ index, delta: createCallDelta(event, isLegacy) });
      const logprobs = wrapLogprobs(event.logprobs);
      return withChoice({ index, delta: { content: event.text }, logprobs });
    },
    finish: (index, reason) => withChoice({ index, delta: {}, finish_reason: reason }),
    usage: (usage) => ({ ...common, choices: [], usage }),
  };
}

/** The wire form of a choice's log probabilities; null when they were not asked for. */
export function wrapLogprobs(content: readonly TokenLogprob[] | undefined) {
  return content === undefined ? null : { content: [...content], refusal: null };
}

/** Id, type and name come with a call's first piece, then only arguments. */
function createCallDelta(event: Exclude<ChoiceEvent, { kind: "content" }>, isLegacy: boolean): Delta {
  if (event.kind === "call") {
    const called = { name: event.name, arguments: "" };
    if (isLegacy) return { function_call: called };
    return {
      tool_calls: [{ index: event.index, id: createToolCallId(), type: "function", function: called }],
    };
  }
  if (isLegacy) return { function_call: { arguments: event.text } };
  return { tool_calls: [{ index: event.index, function: { arguments: event.text } }] };
}
