import type { ChatCompletionRequest } from "../../../protocol/chat-request.ts";
import { textOfMessage } from "../../../protocol/text-of-message.ts";
import type { EngineChatMessage } from "../engine-messages.ts";
import { BETWEEN_CALLS, formatCall, RESULT_CLOSE, RESULT_OPEN } from "./call-form.ts";

type Message = ChatCompletionRequest["messages"][number];

/**
 * A conversation in the three roles that every chat template has: calls become the text the model wrote them as,
 * results become something the user says. Results in a row are one turn, since many templates refuse two.
 */
export function convertToEngineMessages(messages: readonly Message[]): EngineChatMessage[] {
  const converted: EngineChatMessage[] = [];
  let isAfterResult = false;
  for (const message of messages) {
    const isResult = message.role === "tool" || message.role === "function";
    const next = convertMessage(message);
    const last = converted.at(-1);
    if (isResult && isAfterResult && last !== undefined) {
      converted[converted.length - 1] = { ...last, content: `${last.content}\n${next.content}` };
    } else converted.push(next);
    isAfterResult = isResult;
  }
  return converted;
}

function convertMessage(message: Message): EngineChatMessage {
  const content = textOfMessage(message);
  switch (message.role) {
    case "system":
    case "developer":
      return { role: "system", content };
    case "user":
      return { role: "user", content };
    case "assistant":
      return {
        role: "assistant",
        content: [content, ...listCalls(message)].filter(Boolean).join(BETWEEN_CALLS),
      };
    case "tool":
    case "function":
      return { role: "user", content: `${RESULT_OPEN}${content}${RESULT_CLOSE}` };
    default:
      throw message.role satisfies never;
  }
}

function listCalls({ tool_calls: calls, function_call: legacy }: Message): string[] {
  const functions = [...(calls ?? []).map((call) => call.function), legacy];
  return functions.flatMap((called) => (called ? [formatCall(called)] : []));
}
