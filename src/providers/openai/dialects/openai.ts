import type { Dialect } from "./dialect.ts";
import { plainAddress } from "./plain-address.ts";

export const openAiDialect: Dialect = {
  ...plainAddress,
  name: "openai",
  rules: [],
  schemaForm: "response_format",
  forcedCalls: "tool_choice",
  unsupported: [],
};
