import type { Choice, FinishReason } from "../../protocol/chat-completion.ts";
import type { TokenLogprob } from "../../protocol/chat-logprobs.ts";
import type { ToolCall } from "../../protocol/chat-tools.ts";
import { createToolCallId } from "../../protocol/ids.ts";
import { wrapLogprobs } from "./chunk-builder.ts";
import type { ChoiceEvent } from "./read-choice.ts";

/** A choice's events as the whole choice they amount to. */
export async function buildChoice(options: {
  readonly index: number;
  /** Calls as `function_call`, the form before `tool_calls`. */
  readonly isLegacy: boolean;
  readonly events: AsyncGenerator<ChoiceEvent, FinishReason, void>;
}): Promise<Choice> {
  const { index, isLegacy, events } = options;
  const calls: { name: string; arguments: string }[] = [];
  let content = "";
  let logprobs: TokenLogprob[] | undefined;
  let step = await events.next();
  for (; step.done !== true; step = await events.next()) {
    const event = step.value;
    if (event.kind === "content") {
      content += event.text;
      if (event.logprobs !== undefined) logprobs = [...(logprobs ?? []), ...event.logprobs];
    } else if (event.kind === "call") calls.push({ name: event.name, arguments: "" });
    else {
      const call = calls[event.index];
      if (call !== undefined) call.arguments += event.text;
    }
  }
  return {
    index,
    message: {
      role: "assistant",
      content: content === "" && calls.length > 0 ? null : content,
      refusal: null,
      ...convertCalls(calls, isLegacy),
    },
    logprobs: wrapLogprobs(logprobs),
    finish_reason: step.value,
  };
}

function convertCalls(calls: readonly { name: string; arguments: string }[], isLegacy: boolean) {
  const [first] = calls;
  if (first === undefined) return {};
  if (isLegacy) return { function_call: first };
  return {
    tool_calls: calls.map(
      (called): ToolCall => ({ id: createToolCallId(), type: "function", function: called }),
    ),
  };
}
