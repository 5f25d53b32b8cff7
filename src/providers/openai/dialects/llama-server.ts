import { spellOutAllowedTools } from "../requests/allowed-tools.ts";
import { nameAnyObject, spellOutAnyObject } from "../requests/any-object.ts";
import { nameDeveloperSystem } from "../requests/developer-role.ts";
import { nameRootReference } from "../requests/root-reference.ts";
import type { Dialect } from "./dialect.ts";
import { plainAddress } from "./plain-address.ts";

/**
 * llama.cpp's own server. It knows both names of the token limit and compiles `response_format` to a grammar. A named
 * function it takes for `auto`, and `required` lets it write any text first (all of it, where the chat template knows no
 * tools): only a schema makes it call.
 */
export const llamaServerDialect: Dialect = {
  ...plainAddress,
  name: "llama-server",
  rules: [nameDeveloperSystem, nameAnyObject, spellOutAnyObject, nameRootReference, spellOutAllowedTools],
  schemaForm: "response_format",
  forcedCalls: "schema",
  unsupported: ["functions", "function_call"],
};
