import type { ChatCompletionRequest } from "../../../protocol/chat-request.ts";
import type { FunctionDefinition } from "../../../protocol/chat-tools.ts";
import { createNoToolsError, readToolChoice } from "../../tool-choice.ts";
import { pickTools } from "./allowed-tools.ts";
import { moveReferences } from "./moved-references.ts";
import type { RequestRule } from "./request-rule.ts";

/** Most calls in one answer: a small model that likes calling would go on to its last token. */
const MAX_CALLS = 8;
const ANY_ARGUMENTS = { type: "object", properties: {}, additionalProperties: false };

export function isCallForced({ tool_choice: choice }: ChatCompletionRequest): boolean {
  return readToolChoice(choice)?.mode === "required";
}

/**
 * A call that must be made, asked for by a JSON schema: `{"name":…,"arguments":…}`, or a list of these where several
 * calls are allowed. The tools stay in the request, because the chat template describes them to the model.
 */
export const askForCallsBySchema: RequestRule = (request) => {
  const choice = readToolChoice(request.tool_choice);
  if (choice?.mode !== "required") return request;
  if (!request.tools?.length) throw createNoToolsError({ param: "tool_choice", list: "tools" });
  const tools = choice.names === null ? request.tools : pickTools(request.tools, choice.names);
  const isSingle = choice.names !== null || request.parallel_tool_calls === false;
  const schema = createCallSchema(listFunctions(tools), isSingle);
  return {
    ...request,
    tools,
    tool_choice: undefined,
    parallel_tool_calls: undefined,
    response_format: { type: "json_schema", json_schema: { name: "calls", strict: true, schema } },
  };
};

function listFunctions(tools: NonNullable<ChatCompletionRequest["tools"]>): FunctionDefinition[] {
  return tools.flatMap((tool) => {
    const { function: definition } = tool as { readonly function?: FunctionDefinition };
    return definition === undefined ? [] : [definition];
  });
}

function createCallSchema(functions: readonly FunctionDefinition[], isSingle: boolean) {
  const calls = functions.map(({ name }) => ({
    type: "object",
    properties: { name: { const: name }, arguments: { $ref: `#/$defs/${name}` } },
    required: ["name", "arguments"],
    additionalProperties: false,
  }));
  const definitions = functions.map(({ name, parameters }) => [
    name,
    moveReferences(parameters ?? ANY_ARGUMENTS, `#/$defs/${name}`),
  ]);
  const call = { anyOf: calls };
  const root = isSingle ? call : { type: "array", items: call, minItems: 1, maxItems: MAX_CALLS };
  return { ...root, $defs: Object.fromEntries(definitions) };
}
