import type { Dialect } from "./dialect.ts";

/** The usual address and key: the endpoint below the base URL, a bearer token. */
export const plainAddress: Pick<Dialect, "locate" | "createKeyHeaders"> = {
  locate: ({ basePath, endpoint }) => `${basePath}/${endpoint}`,
  createKeyHeaders: (apiKey) => ({ authorization: `Bearer ${apiKey}` }),
};
