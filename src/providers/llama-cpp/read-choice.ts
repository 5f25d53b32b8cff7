import type { FinishReason } from "../../protocol/chat-completion.ts";
import type { TokenLogprob } from "../../protocol/chat-logprobs.ts";
import { createContentLogprobs } from "./content-logprobs.ts";
import type { EngineAnswer, TextPiece } from "./engine-answer.ts";
import { createToolCallReader, type ToolEvent } from "./tools/tool-call-reader.ts";
import type { ToolRules } from "./tools/tool-rules.ts";

export type ChoiceEvent =
  | {
      readonly kind: "content";
      readonly text: string;
      /** Left out when nobody asked. */
      readonly logprobs?: readonly TokenLogprob[];
    }
  | Exclude<ToolEvent, { readonly kind: "content" }>;

export interface ChoiceRules {
  /** Null when no function may be called. */
  readonly tools: ToolRules | null;
  /** Throws when a whole text breaks what the grammar left open. */
  readonly check: (text: string) => void;
}

/** One choice as its text and calls come; returns why it ended. Throws what ended it early or is wrong with it. */
export async function* readChoice(
  answer: EngineAnswer,
  { tools, check }: ChoiceRules,
): AsyncGenerator<ChoiceEvent, FinishReason, void> {
  const calls: { name: string; arguments: string }[] = [];
  let content = "";
  for await (const event of readEvents(answer, tools)) {
    if (event.kind === "content") content += event.text;
    else if (event.kind === "call") calls.push({ name: event.name, arguments: "" });
    else {
      const call = calls[event.index];
      if (call !== undefined) call.arguments += event.text;
    }
    yield event;
  }
  const { finishReason, isStopped } = await answer.ended;
  // What was cut short cannot match, be it by the cap or by a stop text, which never cuts a call.
  if (finishReason === "length" || isStopped) return finishReason;
  if (tools === null || calls.length === 0) {
    check(content);
    return "stop";
  }
  for (const call of calls) tools.checkCall(call);
  return tools.request.isLegacy ? "function_call" : "tool_calls";
}

async function* readEvents(
  answer: EngineAnswer,
  tools: ToolRules | null,
): AsyncGenerator<ChoiceEvent, void, void> {
  if (tools === null) {
    for await (const piece of answer.texts) yield { kind: "content", ...pickContent(piece) };
    return;
  }
  const reader = createToolCallReader();
  const logprobs = createContentLogprobs();
  let isWithLogprobs = false;
  const complete = (event: ToolEvent): ChoiceEvent =>
    event.kind === "content" && isWithLogprobs ? { ...event, logprobs: logprobs.take(event.text) } : event;
  for await (const piece of answer.texts) {
    isWithLogprobs = piece.logprobs !== undefined;
    logprobs.add(piece.logprobs ?? []);
    for (const event of reader.push(piece.text)) yield complete(event);
  }
  const { finishReason } = await answer.ended;
  // What is held back began a call's mark: cut off by the cap it is no text, nor ever where a call has to come.
  if (tools.request.isRequired || finishReason === "length") return;
  for (const event of reader.flush()) yield complete(event);
}

/** The message between the processes has more fields than belong in an answer. */
function pickContent({ text, logprobs }: TextPiece): TextPiece {
  return { text, ...(logprobs !== undefined && { logprobs }) };
}
