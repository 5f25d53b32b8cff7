import { OpenAiError } from "../../protocol/openai-error.ts";
import { type Route, routeSchema } from "../../routing/route.ts";
import type { RouteStore, RouteVersionRow } from "../../store/inference-log.ts";
import type { LiveRoutes } from "../live-routes.ts";

export interface ChangeNote {
  readonly actor: string;
  readonly reason: string | null;
}

/** Changes to routes: checked, stored with their history, then served at once. */
export interface RouteChanges {
  /**
   * `candidate` carries the version it edits; the answer has the next one. A name that is new makes a route, at
   * version 1. Throws OpenAiError 409 or 422.
   */
  edit(name: string, change: ChangeNote & { candidate: unknown }): Promise<Route>;
  /** Puts an earlier version's content in force again, as a new version. */
  revert(name: string, change: ChangeNote & { version: number }): Promise<Route>;
  history(name: string): Promise<readonly RouteVersionRow[]>;
}

export interface RouteChangesOptions {
  readonly live: LiveRoutes;
  readonly store: RouteStore;
  readonly audit: {
    append(entry: { actor: string; action: string; subject: string; detail?: unknown }): Promise<void>;
  };
  /** Provider ids that exist, and those that are configured but cannot be used now, with what they lack. */
  readonly providers: {
    readonly active: ReadonlySet<string>;
    readonly inactive: ReadonlyMap<string, string>;
  };
  readonly now: () => number;
}

export function createRouteChanges(options: RouteChangesOptions): RouteChanges {
  const { live, store, audit, now } = options;

  function findCurrent(name: string): Route {
    const route = live.get(name);
    if (route !== null) return route;
    throw new OpenAiError(`There is no route '${name}'.`, { status: 404, code: "route_not_found" });
  }

  function assertServable(route: Route): void {
    assertProviders(route, options.providers);
    if (route.enabled) assertModelsFree(route, live.list());
  }

  async function put(route: Route, { actor, reason }: ChangeNote): Promise<Route> {
    const row = { name: route.name, version: route.version, route, actor, reason, createdAt: now() };
    try {
      await store.append(row);
    } catch (error) {
      // Another process edited the same version first.
      if (error instanceof Error && error.name === "RouteVersionConflict") throw createStaleError(route.name);
      throw error;
    }
    live.replace(route);
    const detail = { version: route.version, reason };
    await audit.append({ actor, action: "route.update", subject: route.name, detail });
    return route;
  }

  return {
    async edit(name, { candidate, ...note }) {
      const current = live.get(name);
      const route = parseRoute(candidate);
      if (route.name !== name) throw createUnusableError(`The body is for route '${route.name}'.`, "name");
      if (route.version !== (current?.version ?? 1)) throw createStaleError(name);
      assertServable(route);
      return put({ ...route, version: current === null ? 1 : current.version + 1 }, note);
    },

    async revert(name, { version, ...note }) {
      const current = findCurrent(name);
      const row = (await store.history(name)).find((candidate) => candidate.version === version);
      if (row === undefined) {
        throw new OpenAiError(`Route '${name}' has no version ${version}.`, {
          status: 404,
          code: "route_version_not_found",
        });
      }
      const route = parseRoute(row.route);
      assertServable(route);
      return put(
        { ...route, version: current.version + 1 },
        { ...note, reason: note.reason ?? `back to version ${version}` },
      );
    },

    async history(name) {
      findCurrent(name);
      return store.history(name);
    },
  };
}

function parseRoute(candidate: unknown): Route {
  const result = routeSchema.safeParse(candidate);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = issue?.path.map(String).join(".") ?? "";
  throw createUnusableError(`${path === "" ? "" : `${path}: `}${issue?.message ?? "invalid"}`, path || null);
}

function assertProviders(route: Route, { active, inactive }: RouteChangesOptions["providers"]): void {
  for (const [index, { provider, percent }] of route.targets.entries()) {
    if (active.has(provider)) continue;
    const lack = inactive.get(provider);
    // A target without traffic may wait for its provider.
    if (lack !== undefined && percent === 0) continue;
    const message =
      lack === undefined
        ? `Unknown provider '${provider}'.`
        : `Provider '${provider}' cannot be used: ${lack}`;
    throw createUnusableError(message, `targets.${index}.provider`);
  }
}

/** Two routes with one model name: the second would never be asked. */
function assertModelsFree(route: Route, routes: readonly Route[]): void {
  for (const [index, model] of route.models.entries()) {
    const owner = routes.find(
      ({ name, enabled, models }) => enabled && name !== route.name && models.includes(model),
    );
    if (owner === undefined) continue;
    throw createUnusableError(`Model '${model}' leads to route '${owner.name}' already.`, `models.${index}`);
  }
}

function createUnusableError(message: string, param: string | null): OpenAiError {
  return new OpenAiError(message, { status: 422, code: "invalid_route", param });
}

function createStaleError(name: string): OpenAiError {
  return new OpenAiError(
    `Route '${name}' has changed since the version you edited. Read it again and repeat your change.`,
    { status: 409, code: "stale_version", param: "version" },
  );
}
