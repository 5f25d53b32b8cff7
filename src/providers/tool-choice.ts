import { ProviderError } from "./provider-error.ts";

/** What a `tool_choice` or `function_call` asks for. */
export interface ToolChoice {
  readonly mode: "none" | "auto" | "required";
  /** The functions it is limited to; null = any. */
  readonly names: readonly string[] | null;
}

type Fields = Readonly<Record<string, unknown>>;

/** Null for a kind of choice that nobody here knows. */
export function readToolChoice(choice: unknown): ToolChoice | null {
  if (choice === "none" || choice === "auto" || choice === "required") return { mode: choice, names: null };
  if (!isObject(choice)) return null;
  const { type, name, function: named, allowed_tools: allowed } = choice;
  if (type === undefined && typeof name === "string") return { mode: "required", names: [name] };
  if (type === "function") return { mode: "required", names: [readName(named)] };
  if (type === "allowed_tools" && isObject(allowed)) return readAllowedTools(allowed);
  return null;
}

function readAllowedTools({ mode, tools }: Fields): ToolChoice | null {
  if ((mode !== "auto" && mode !== "required") || !Array.isArray(tools)) return null;
  return { mode, names: tools.map((tool) => readName(isObject(tool) ? tool.function : undefined)) };
}

function readName(named: unknown): string {
  return isObject(named) && typeof named.name === "string" ? named.name : "";
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null;
}

/** For a choice that names a function nobody defined. */
export function createUnknownFunctionError(choice: {
  readonly name: string;
  readonly param: string;
}): ProviderError {
  return createChoiceError(
    `Invalid value for '${choice.param}': no function named '${choice.name.slice(0, 64)}' was specified in the 'tools' parameter.`,
    choice.param,
  );
}

/** For a choice beside no tools at all. */
export function createNoToolsError(choice: { readonly param: string; readonly list: string }): ProviderError {
  const { param, list } = choice;
  return createChoiceError(
    `Invalid value for '${param}': '${param}' is only allowed when '${list}' are specified.`,
    param,
  );
}

function createChoiceError(message: string, param: string): ProviderError {
  return new ProviderError(message, { kind: "invalid_request", code: "invalid_value", param });
}
