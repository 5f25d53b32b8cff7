import { spellOutAllowedTools } from "../requests/allowed-tools.ts";
import { nameAnyObject } from "../requests/any-object.ts";
import { nameDeveloperSystem } from "../requests/developer-role.ts";
import { spellOutGreedyChoices } from "../requests/greedy-choices.ts";
import type { Dialect } from "./dialect.ts";
import { plainAddress } from "./plain-address.ts";

/** Chat templates of open models seldom know a developer. Servers older than `response_format` need another schema form. */
export const vllmDialect: Dialect = {
  ...plainAddress,
  name: "vllm",
  rules: [nameDeveloperSystem, nameAnyObject, spellOutAllowedTools, spellOutGreedyChoices],
  schemaForm: "response_format",
  forcedCalls: "tool_choice",
  unsupported: ["functions", "function_call"],
};
