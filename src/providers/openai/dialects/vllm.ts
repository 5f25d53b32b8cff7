import { nameDeveloperSystem } from "../requests/developer-role.ts";
import type { Dialect } from "./dialect.ts";
import { plainAddress } from "./plain-address.ts";

/** Chat templates of open models seldom know a developer. Servers older than `response_format` need another schema form. */
export const vllmDialect: Dialect = {
  ...plainAddress,
  name: "vllm",
  rules: [nameDeveloperSystem],
  schemaForm: "response_format",
  unsupported: [],
};
