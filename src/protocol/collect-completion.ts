import type { ChatCompletionChunk, ChunkChoice } from "./chat-chunk.ts";
import type { ChatCompletion, Choice, FinishReason, Usage } from "./chat-completion.ts";

interface PartialChoice {
  content: string | null;
  refusal: string | null;
  finishReason: FinishReason | null;
  toolCalls: Map<number, ToolCallParts>;
}

type ToolCallParts = { id: string; type: string; function: { name: string; arguments: string } };

/**
 * A streamed answer's chunks as the whole answer they amount to: texts and tool calls joined, one choice an index.
 * Null when there is nothing to join or a choice has no finish reason, because such an answer was cut.
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

function addChoice(parts: Map<number, PartialChoice>, { index, delta, finish_reason }: ChunkChoice): void {
  const part = parts.get(index) ?? { content: null, refusal: null, finishReason: null, toolCalls: new Map() };
  parts.set(index, part);
  if (typeof delta.content === "string") part.content = (part.content ?? "") + delta.content;
  if (typeof delta.refusal === "string") part.refusal = (part.refusal ?? "") + delta.refusal;
  part.finishReason = finish_reason ?? part.finishReason;
  if (Array.isArray(delta.tool_calls))
    for (const piece of delta.tool_calls) addToolCall(part.toolCalls, piece);
}

function addToolCall(calls: Map<number, ToolCallParts>, piece: unknown): void {
  const { index, id, type, function: called } = readToolCallPiece(piece);
  const call = calls.get(index) ?? { id: "", type: "function", function: { name: "", arguments: "" } };
  calls.set(index, call);
  call.id ||= id;
  call.type = type || call.type;
  call.function.name += called.name;
  call.function.arguments += called.arguments;
}

function readToolCallPiece(piece: unknown): ToolCallParts & { index: number } {
  const fields = readObject(piece);
  const called = readObject(fields.function);
  return {
    index: typeof fields.index === "number" ? fields.index : 0,
    id: readText(fields.id),
    type: readText(fields.type),
    function: { name: readText(called.name), arguments: readText(called.arguments) },
  };
}

function readObject(value: unknown): Record<string, unknown> {
  // `in`-checked nowhere: every field that is read is checked for its own type.
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function readText(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function convertPart(index: number, part: PartialChoice): Choice | null {
  const { content, refusal, finishReason, toolCalls } = part;
  if (finishReason === null) return null;
  const calls = [...toolCalls].sort(([a], [b]) => a - b).map(([, call]) => call);
  return {
    index,
    message: { role: "assistant", content, refusal, ...(calls.length > 0 ? { tool_calls: calls } : {}) },
    finish_reason: finishReason,
    logprobs: null,
  };
}
