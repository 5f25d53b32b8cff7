import { spellOutAllowedTools } from "../requests/allowed-tools.ts";
import { nameAnyObject } from "../requests/any-object.ts";
import { nameDeveloperSystem } from "../requests/developer-role.ts";
import { nameTokenLimitAsBefore } from "../requests/token-limit.ts";
import type { Dialect } from "./dialect.ts";
import { plainAddress } from "./plain-address.ts";

/** Whatever else speaks Chat Completions: in the words of its first years, which everybody knows. */
export const genericDialect: Dialect = {
  ...plainAddress,
  name: "generic",
  rules: [nameDeveloperSystem, nameTokenLimitAsBefore, nameAnyObject, spellOutAllowedTools],
  schemaForm: "response_format",
  forcedCalls: "tool_choice",
  unsupported: [],
};
