import type { EngineChatMessage } from "../engine-messages.ts";
import { CALL_CLOSE, CALL_OPEN } from "./call-form.ts";
import type { ToolRequest } from "./parse-tools.ts";

/** The messages with the functions described in the system text: one JSON a line, then how to call. */
export function addToolPrompt(
  messages: readonly EngineChatMessage[],
  tools: ToolRequest,
): readonly EngineChatMessage[] {
  const text = describeTools(tools);
  const [first, ...rest] = messages;
  if (first?.role !== "system") return [{ role: "system", content: text }, ...messages];
  return [{ role: "system", content: `${first.content}\n\n${text}` }, ...rest];
}

function describeTools({ functions, isRequired, isParallel }: ToolRequest): string {
  const definitions = functions.map(({ definition }) => {
    const { name, description, parameters } = definition;
    return JSON.stringify({ name, ...(description && { description }), parameters: parameters ?? {} });
  });
  return [
    "You can call these functions:",
    ...definitions,
    `A call is written as ${CALL_OPEN}{"name":"<function>","arguments":{...}}${CALL_CLOSE} and nothing after it.`,
    ...(isParallel ? ["Several calls are written one a line."] : []),
    isRequired ? "Answer with a call." : "Answer with a call when it helps, else in plain text.",
  ].join("\n");
}
