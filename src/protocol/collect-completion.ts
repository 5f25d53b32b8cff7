import type { ChatCompletionChunk, ChunkChoice } from "./chat-chunk.ts";
import type { ChatCompletion, Choice, FinishReason, Usage } from "./chat-completion.ts";
import type { ChoiceLogprobs, TokenLogprob } from "./chat-logprobs.ts";
import type { CalledFunction, ToolCall, ToolCallPiece } from "./chat-tools.ts";

interface PartialChoice {
  content: string | null;
  refusal: string | null;
  finishReason: FinishReason | null;
  functionCall: CalledFunction | null;
  readonly toolCalls: Map<number, ToolCallParts>;
  readonly logprobs: { content: TokenLogprob[] | null; refusal: TokenLogprob[] | null };
}

interface ToolCallParts {
  id: string;
  type: ToolCall["type"];
  name: string;
  /** A function's arguments or the text for a custom tool. */
  input: string;
}

/**
 * A streamed answer's chunks as the whole answer they amount to: texts, tool calls and log probabilities joined, one
 * choice an index. Null when there is nothing to join or a choice has no finish reason, because such an answer was cut.
 */
export function collectCompletion(chunks: Iterable<ChatCompletionChunk>): ChatCompletion | null {
  const parts = new Map<number, PartialChoice>();
  let first: ChatCompletionChunk | undefined;
  let usage: Usage | null = null;
  for (const chunk of chunks) {
    first ??= chunk;
    usage = chunk.usage ?? usage;
    for (const choice of chunk.choices) addChoice(parts, choice);
  }
  const choices = [...parts]
    .sort(([a], [b]) => a - b)
    .flatMap(([index, part]) => convertPart(index, part) ?? []);
  if (first === undefined || choices.length === 0 || choices.length < parts.size) return null;
  const { id, created, model } = first;
  return { id, object: "chat.completion", created, model, choices, usage };
}

function addChoice(parts: Map<number, PartialChoice>, choice: ChunkChoice): void {
  const { index, delta, finish_reason, logprobs } = choice;
  const part = parts.get(index) ?? createPart();
  parts.set(index, part);
  if (typeof delta.content === "string") part.content = (part.content ?? "") + delta.content;
  if (typeof delta.refusal === "string") part.refusal = (part.refusal ?? "") + delta.refusal;
  part.finishReason = finish_reason ?? part.finishReason;
  for (const piece of delta.tool_calls ?? []) addToolCall(part.toolCalls, piece);
  if (delta.function_call) {
    part.functionCall ??= { name: "", arguments: "" };
    part.functionCall.name += delta.function_call.name ?? "";
    part.functionCall.arguments += delta.function_call.arguments ?? "";
  }
  if (logprobs) addLogprobs(part, logprobs);
}

function createPart(): PartialChoice {
  return {
    content: null,
    refusal: null,
    finishReason: null,
    functionCall: null,
    toolCalls: new Map(),
    logprobs: { content: null, refusal: null },
  };
}

function addToolCall(calls: Map<number, ToolCallParts>, piece: ToolCallPiece): void {
  const call = calls.get(piece.index) ?? { id: "", type: "function", name: "", input: "" };
  calls.set(piece.index, call);
  call.id ||= piece.id ?? "";
  call.type = piece.type || call.type;
  call.name += piece.function?.name ?? piece.custom?.name ?? "";
  call.input += piece.function?.arguments ?? piece.custom?.input ?? "";
}

function convertToolCall({ id, type, name, input }: ToolCallParts): ToolCall {
  if (type === "custom") return { id, type, custom: { name, input } };
  return { id, type, function: { name, arguments: input } };
}

function addLogprobs(part: PartialChoice, { content, refusal }: ChoiceLogprobs): void {
  if (content) part.logprobs.content = [...(part.logprobs.content ?? []), ...content];
  if (refusal) part.logprobs.refusal = [...(part.logprobs.refusal ?? []), ...refusal];
}

function convertPart(index: number, part: PartialChoice): Choice | null {
  const { content, refusal, finishReason, functionCall, logprobs } = part;
  if (finishReason === null) return null;
  const calls = [...part.toolCalls].sort(([a], [b]) => a - b).map(([, call]) => convertToolCall(call));
  const hasCalls = calls.length > 0 || functionCall !== null;
  return {
    index,
    message: {
      role: "assistant",
      // The role's chunk says "" before anybody can know that only a call follows.
      content: hasCalls && content === "" ? null : content,
      refusal,
      ...(calls.length > 0 && { tool_calls: calls }),
      ...(functionCall !== null && { function_call: functionCall }),
    },
    finish_reason: finishReason,
    logprobs: logprobs.content === null && logprobs.refusal === null ? null : logprobs,
  };
}
