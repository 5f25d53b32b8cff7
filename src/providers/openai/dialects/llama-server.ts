import { nameDeveloperSystem } from "../requests/developer-role.ts";
import type { Dialect } from "./dialect.ts";
import { plainAddress } from "./plain-address.ts";

/** llama.cpp's own server. It knows both names of the token limit and compiles `response_format` to a grammar. */
export const llamaServerDialect: Dialect = {
  ...plainAddress,
  name: "llama-server",
  rules: [nameDeveloperSystem],
  schemaForm: "response_format",
  unsupported: [],
};
