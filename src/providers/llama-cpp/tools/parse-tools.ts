import type { ChatCompletionRequest } from "../../../protocol/chat-request.ts";
import type { FunctionDefinition } from "../../../protocol/chat-tools.ts";
import { ProviderError } from "../../provider-error.ts";
import { createNoToolsError, createUnknownFunctionError, readToolChoice } from "../../tool-choice.ts";

/** A function the model may call now. */
export interface CallableFunction {
  readonly definition: FunctionDefinition;
  /** Where the request holds it, such as `tools[0].function`. */
  readonly param: string;
}

export interface ToolRequest {
  readonly functions: readonly CallableFunction[];
  /** Some function must be called; else the model may answer with text instead. */
  readonly isRequired: boolean;
  /** Several calls in one answer are allowed. */
  readonly isParallel: boolean;
  /** Asked for with `functions`: the answer has one `function_call` instead of `tool_calls`. */
  readonly isLegacy: boolean;
}

/** What a request asks to be called; null when nothing is or may be. Throws `invalid_request` for tools that contradict themselves. */
export function parseTools(request: ChatCompletionRequest): ToolRequest | null {
  const isLegacy = !request.tools?.length && Boolean(request.functions?.length);
  const functions = isLegacy ? listLegacyFunctions(request) : listFunctions(request);
  refuseDuplicates(functions);
  const param = isLegacy ? "function_call" : "tool_choice";
  const choice = (isLegacy ? request.function_call : request.tool_choice) ?? "auto";
  if (functions.length === 0) {
    refuseWithoutTools(request);
    return null;
  }
  if (choice === "none") return null;
  const asked = readToolChoice(choice);
  if (asked === null)
    throw createError("The local model can call tools of type 'function' only.", `${param}.type`);
  const { names } = asked;
  const isRequired = asked.mode === "required";
  const callable = names === null ? functions : names.map((name) => findFunction(functions, { name, param }));
  if (callable.length === 0) return null;
  const isNamed = isRequired && names?.length === 1;
  const isParallel = !isLegacy && !isNamed && request.parallel_tool_calls !== false;
  return { functions: callable, isRequired, isParallel, isLegacy };
}

function listFunctions(request: ChatCompletionRequest): CallableFunction[] {
  return (request.tools ?? []).map((tool, index) => {
    const { function: definition } = tool as { readonly function?: FunctionDefinition };
    if (tool.type === "function" && definition !== undefined) {
      return { definition, param: `tools[${index}].function` };
    }
    throw createError("The local model can call tools of type 'function' only.", `tools[${index}].type`);
  });
}

function listLegacyFunctions({ functions }: ChatCompletionRequest): CallableFunction[] {
  return (functions ?? []).map((definition, index) => ({ definition, param: `functions[${index}]` }));
}

function refuseDuplicates(functions: readonly CallableFunction[]): void {
  const names = new Set<string>();
  for (const { definition, param } of functions) {
    const { name } = definition;
    if (names.has(name))
      throw createError(`Function names must be unique: '${name}' is defined twice.`, `${param}.name`);
    names.add(name);
  }
}

/** `auto` and `none` are what no tools amount to anyway. */
function refuseWithoutTools({ tool_choice: choice, function_call: call }: ChatCompletionRequest): void {
  if (choice && choice !== "auto" && choice !== "none")
    throw createNoToolsError({ param: "tool_choice", list: "tools" });
  if (call && call !== "auto" && call !== "none")
    throw createNoToolsError({ param: "function_call", list: "functions" });
}

function findFunction(
  functions: readonly CallableFunction[],
  choice: { readonly name: string; readonly param: string },
): CallableFunction {
  const found = functions.find(({ definition }) => definition.name === choice.name);
  if (found !== undefined) return found;
  throw createUnknownFunctionError(choice);
}

function createError(message: string, param: string): ProviderError {
  return new ProviderError(message, { kind: "invalid_request", code: "invalid_value", param });
}
