import type { ChatCompletionRequest } from "../../../protocol/chat-request.ts";
import { ProviderError } from "../../provider-error.ts";
import type { DecodingMode } from "../engine-messages.ts";
import type { ResponseRules } from "../response-format.ts";
import type { CallableFunction, ToolRequest } from "./parse-tools.ts";
import { createToolGrammar } from "./tool-grammar.ts";

export type PickFormat = (
  format: ChatCompletionRequest["response_format"],
) => ResponseRules | Promise<ResponseRules>;

export interface ToolRules {
  readonly request: ToolRequest;
  readonly mode: DecodingMode;
  /** Checks a finished call for what the grammar leaves open; throws ProviderError `invalid_response`. */
  checkCall(call: { readonly name: string; readonly arguments: string }): void;
}

/** How to decode an answer that may call functions; `format` is what its plain text must hold to otherwise. */
export async function createToolRules(options: {
  readonly request: ToolRequest;
  readonly format: ResponseRules;
  readonly pickFormat: PickFormat;
}): Promise<ToolRules> {
  const { request, format, pickFormat } = options;
  const compile = request.functions.map(async (callable) => {
    const rules = await compileParameters(callable, pickFormat);
    // A JSON schema is always decoded under a grammar.
    const grammar = rules.mode.kind === "grammar" ? rules.mode.grammar : "";
    return { name: callable.definition.name, grammar, check: rules.check };
  });
  const functions = await Promise.all(compile);
  const contentGrammar = format.mode.kind === "grammar" ? format.mode.grammar : null;
  return {
    request,
    mode: {
      kind: "grammar",
      grammar: createToolGrammar({ ...request, functions, contentGrammar }),
      openEnded: true,
    },
    checkCall({ name, arguments: text }) {
      try {
        functions.find((candidate) => candidate.name === name)?.check(text);
      } catch (cause) {
        throw new ProviderError(`The local model's call of '${name}' does not match its parameters.`, {
          kind: "invalid_response",
          code: "schema_mismatch",
          param: "tools",
          cause,
        });
      }
    },
  };
}

async function compileParameters(
  { definition, param }: CallableFunction,
  pickFormat: PickFormat,
): Promise<ResponseRules> {
  const { name, strict } = definition;
  try {
    const schema = toObjectSchema(definition.parameters);
    return await pickFormat({ type: "json_schema", json_schema: { name, strict, schema } });
  } catch (error) {
    if (!(error instanceof ProviderError) || error.kind !== "invalid_request") throw error;
    const reason = error.message.replace(/^Invalid schema for response_format[^:]*: /, "");
    throw new ProviderError(`Invalid schema for function '${name}': ${reason}`, {
      kind: "invalid_request",
      code: "invalid_function_parameters",
      param: `${param}.parameters`,
    });
  }
}

/** Arguments are always an object; without a schema an empty one. */
function toObjectSchema(parameters: CallableFunction["definition"]["parameters"]): Record<string, unknown> {
  if (!parameters) return { type: "object", properties: {}, additionalProperties: false };
  const { type } = parameters;
  if (type === undefined) return { type: "object", ...parameters };
  if (type === "object") return parameters;
  const shown = typeof type === "string" ? type.slice(0, 32) : "None";
  throw new ProviderError(`schema must be a JSON Schema of 'type: "object"', got 'type: "${shown}"'.`, {
    kind: "invalid_request",
  });
}
