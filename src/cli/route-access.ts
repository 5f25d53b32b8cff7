import { z } from "zod";
import { loadConfig } from "../config/config-file.ts";
import { type Environment, readEnvironment } from "../config/environment.ts";
import { seedRoutes } from "../config/seed-routes.ts";
import { listUnusableProviders } from "../config/unusable-providers.ts";
import { createRouteChanges } from "../gateway/admin/route-changes.ts";
import { createLiveRoutes } from "../gateway/live-routes.ts";
import { type Route, routeSchema } from "../routing/route.ts";
import type { RouteVersionRow } from "../store/inference-log.ts";
import { openStore } from "../store/open-store.ts";
import { CommandFailed, remark } from "./output.ts";

/** Reading and changing routes, wherever they are. */
export interface RouteAccess {
  list(): Promise<readonly Route[]>;
  get(name: string): Promise<Route>;
  /** Carries the version it edits. */
  put(route: Route, reason: string | undefined): Promise<Route>;
  history(
    name: string,
  ): Promise<readonly Pick<RouteVersionRow, "version" | "actor" | "reason" | "createdAt">[]>;
  revert(name: string, change: { version: number; reason: string | undefined }): Promise<Route>;
}

const PROBE_TIMEOUT_MS = 1000;

/**
 * Runs the work on the server when one is up, so that a change is served at once, else on the database, where the next
 * start finds it. Says which.
 */
export async function withRoutes(work: (routes: RouteAccess) => Promise<void>): Promise<void> {
  const environment = readEnvironment();
  const url = `http://${environment.host}:${environment.port}`;
  if (await isUp(url)) {
    remark(`(server at ${url})`);
    return work(createServerAccess(url, environment.adminKey));
  }
  remark(`(database ${environment.databaseUrl}; no server at ${url})`);
  return withStoreAccess(environment, work);
}

async function isUp(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) })).ok;
  } catch {
    return false;
  }
}

const versionSchema = z.object({
  version: z.number(),
  actor: z.string(),
  reason: z.string().nullable(),
  createdAt: z.number(),
});

function createServerAccess(url: string, adminKey: string | undefined): RouteAccess {
  async function call(
    path: string,
    options: { method?: string; body?: unknown; reason?: string | undefined } = {},
  ) {
    const { method = "GET", body, reason } = options;
    const response = await fetch(`${url}/admin/routes${path}`, {
      method,
      headers: {
        "content-type": "application/json",
        "x-tailor-actor": "cli",
        ...(reason === undefined ? {} : { "x-tailor-reason": reason }),
        ...(adminKey === undefined ? {} : { authorization: `Bearer ${adminKey}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer: unknown = await response.json();
    if (response.ok) return answer;
    const { error } = z.object({ error: z.object({ message: z.string() }) }).parse(answer);
    throw new CommandFailed(error.message);
  }

  const nameOf = (name: string) => `/${encodeURIComponent(name)}`;
  return {
    list: async () => z.object({ data: z.array(routeSchema) }).parse(await call("")).data,
    get: async (name) => routeSchema.parse(await call(nameOf(name))),
    put: async (route, reason) =>
      routeSchema.parse(await call(nameOf(route.name), { method: "PUT", body: route, reason })),
    history: async (name) =>
      z.object({ data: z.array(versionSchema) }).parse(await call(`${nameOf(name)}/history`)).data,
    revert: async (name, { version, reason }) =>
      routeSchema.parse(await call(`${nameOf(name)}/revert`, { method: "POST", body: { version }, reason })),
  };
}

async function withStoreAccess(
  environment: Environment,
  work: (routes: RouteAccess) => Promise<void>,
): Promise<void> {
  const config = loadConfig(environment.configPath);
  const store = await openStore({ url: environment.databaseUrl });
  try {
    const now = Date.now;
    const routes = await seedRoutes({ store: store.routes, configured: config.routes, now });
    const live = createLiveRoutes({ routes, passthrough: undefined });
    const inactive = listUnusableProviders(config.providers, environment);
    const active = new Set(Object.keys(config.providers).filter((id) => !inactive.has(id)));
    const changes = createRouteChanges({
      live,
      store: store.routes,
      audit: store.audit,
      providers: { active, inactive },
      now,
    });
    const note = (reason: string | undefined) => ({ actor: "cli", reason: reason ?? null });
    await work({
      list: async () => live.list(),
      async get(name) {
        const route = live.get(name);
        if (route === null) throw new CommandFailed(`There is no route '${name}'.`);
        return route;
      },
      put: (route, reason) => changes.edit(route.name, { candidate: route, ...note(reason) }),
      history: changes.history,
      revert: (name, { version, reason }) => changes.revert(name, { version, ...note(reason) }),
    });
  } finally {
    await store.close();
  }
}
