import type { ChatCompletionChunk, ChunkChoice } from "../../../protocol/chat-chunk.ts";
import type { ChatCompletion, Choice, FinishReason } from "../../../protocol/chat-completion.ts";
import type { ToolCall, ToolCallPiece } from "../../../protocol/chat-tools.ts";
import { createToolCallId } from "../../../protocol/ids.ts";
import { ProviderError } from "../../provider-error.ts";
import { createCallTextReader } from "./call-text-reader.ts";

/**
 * An answer whose text is calls, because a schema asked for them, as the answer with calls that it stands for. Throws
 * `invalid_response` where the upstream took no notice of the schema.
 */
export function convertTextToCalls(completion: ChatCompletion): ChatCompletion {
  return { ...completion, choices: completion.choices.map(convertChoice) };
}

function convertChoice(choice: Choice): Choice {
  const { message, finish_reason: reason } = choice;
  const calls = createPieceReader()(message.content ?? "").map(
    ({ id = createToolCallId(), name = "", text }): ToolCall => ({
      id,
      type: "function",
      function: { name, arguments: text },
    }),
  );
  return {
    ...choice,
    message: { ...message, content: null, ...(calls.length > 0 && { tool_calls: calls }) },
    finish_reason: nameReason(reason, { hasCalls: calls.length > 0 }),
  };
}

/** The same for a stream, chunk by chunk; null for a chunk that says nothing but a bracket or a comma. */
export function createTextToCallsConverter(): (chunk: ChatCompletionChunk) => ChatCompletionChunk | null {
  const readers = new Map<number, ReturnType<typeof createPieceReader>>();
  const callers = new Set<number>();

  function convert(choice: ChunkChoice): ChunkChoice[] {
    const { index, delta, finish_reason: reason } = choice;
    const { content, ...rest } = delta;
    const read = readers.get(index) ?? createPieceReader();
    readers.set(index, read);
    const pieces = content ? read(content).map(writePiece) : [];
    if (pieces.length > 0) callers.add(index);
    if (content && pieces.length === 0 && !reason && Object.keys(rest).length === 0) return [];
    const said = { ...rest, ...(delta.role && { content: null }) };
    return [
      {
        ...choice,
        delta: pieces.length > 0 ? { ...said, tool_calls: pieces } : said,
        ...(reason && { finish_reason: nameReason(reason, { hasCalls: callers.has(index) }) }),
      },
    ];
  }

  return (chunk) => {
    const choices = chunk.choices.flatMap(convert);
    return choices.length === 0 && chunk.choices.length > 0 ? null : { ...chunk, choices };
  };
}

interface CallPiece {
  readonly index: number;
  /** With a call's first piece only, as the name. */
  readonly id?: string;
  readonly name?: string;
  readonly text: string;
}

/** Text in, one piece for each call that it goes on with. */
function createPieceReader(): (text: string) => CallPiece[] {
  const read = createCallTextReader();
  return (text) => {
    const pieces = new Map<number, CallPiece>();
    for (const event of read(text)) {
      const { index } = event;
      const piece = pieces.get(index) ?? { index, text: "" };
      pieces.set(
        index,
        event.kind === "arguments"
          ? { ...piece, text: piece.text + event.text }
          : { ...piece, id: createToolCallId(), name: event.name },
      );
    }
    return [...pieces.values()];
  };
}

function writePiece({ index, id, name, text }: CallPiece): ToolCallPiece {
  if (id === undefined) return { index, function: { arguments: text } };
  return { index, id, type: "function", function: { name, arguments: text } };
}

/** A call cut at the token limit stays cut. */
function nameReason(reason: FinishReason, { hasCalls }: { hasCalls: boolean }): FinishReason {
  if (reason !== "stop") return reason;
  if (hasCalls) return "tool_calls";
  throw new ProviderError("The upstream answered in text where it was to call a function.", {
    kind: "invalid_response",
  });
}
