import type { ChatCompletionRequest } from "../../../protocol/chat-request.ts";
import { createUnknownFunctionError, readToolChoice } from "../../tool-choice.ts";
import type { RequestRule } from "./request-rule.ts";

type Tools = NonNullable<ChatCompletionRequest["tools"]>;

/** `allowed_tools`, which only OpenAI knows, as what it amounts to: fewer tools, and `auto` or `required`. */
export const spellOutAllowedTools: RequestRule = (request) => {
  const { tool_choice: choice } = request;
  if (!choice || typeof choice === "string" || choice.type !== "allowed_tools") return request;
  const asked = readToolChoice(choice);
  if (!asked?.names) return request;
  const tools = pickTools(request.tools ?? [], asked.names);
  if (tools.length === 0) return { ...request, tools: undefined, tool_choice: undefined };
  return { ...request, tools, tool_choice: asked.mode };
};

/** The function tools of these names; throws `invalid_request` where one is missing. */
export function pickTools(tools: Tools, names: readonly string[]): Tools {
  return names.map((name) => {
    const found = tools.find((tool) => tool.type === "function" && readName(tool.function) === name);
    if (found === undefined) throw createUnknownFunctionError({ name, param: "tool_choice" });
    return found;
  });
}

function readName(named: unknown): unknown {
  return typeof named === "object" && named !== null ? Reflect.get(named, "name") : undefined;
}
