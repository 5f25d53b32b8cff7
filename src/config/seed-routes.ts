import { type Route, routeSchema } from "../routing/route.ts";
import type { RouteStore } from "../store/inference-log.ts";
import { ConfigError } from "./config-error.ts";

/**
 * The routes to serve: the store's current versions, and those of the configuration it does not know yet, which are
 * written to it as version 1.
 * @throws ConfigError when a stored route is no longer valid
 */
export async function seedRoutes(options: {
  store: RouteStore;
  configured: readonly Route[];
  now: () => number;
}): Promise<readonly Route[]> {
  const { store, configured, now } = options;
  const stored = (await store.listCurrent()).map(({ name, version, route }) =>
    parseStored({ name, version, route }),
  );
  const missing = configured
    .filter((route) => !stored.some(({ name }) => name === route.name))
    .map((route) => ({ ...route, version: 1 }));
  for (const route of missing) {
    await store
      .append({ name: route.name, version: 1, route, actor: "configuration", reason: null, createdAt: now() })
      .catch((error: unknown) => {
        // Another process seeded it in between.
        if (!(error instanceof Error && error.name === "RouteVersionConflict")) throw error;
      });
  }
  return [...stored, ...missing];
}

function parseStored(row: { name: string; version: number; route: unknown }): Route {
  const result = routeSchema.safeParse(row.route);
  if (result.success) return { ...result.data, version: row.version };
  throw new ConfigError(
    `Route '${row.name}' is stored in a form this version cannot serve: ${result.error.issues[0]?.message ?? "invalid"}.`,
  );
}
