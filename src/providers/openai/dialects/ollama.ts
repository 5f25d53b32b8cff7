import { spellOutAllowedTools } from "../requests/allowed-tools.ts";
import { nameAnyObject } from "../requests/any-object.ts";
import { nameDeveloperSystem } from "../requests/developer-role.ts";
import { nameTokenLimitAsBefore } from "../requests/token-limit.ts";
import { withholdTools } from "../requests/withheld-tools.ts";
import type { Dialect } from "./dialect.ts";
import { plainAddress } from "./plain-address.ts";

/** Ollama below `/v1`, which reads only the fields it lists and passes over the rest in silence. */
export const ollamaDialect: Dialect = {
  ...plainAddress,
  name: "ollama",
  rules: [nameDeveloperSystem, nameTokenLimitAsBefore, nameAnyObject, spellOutAllowedTools, withholdTools],
  schemaForm: "response_format",
  forcedCalls: "tool_choice",
  unsupported: ["n", "logit_bias", "tool_choice", "parallel_tool_calls", "functions", "function_call"],
};
