import type { Hono } from "hono";
import type { GatewayEnv } from "../gateway-env.ts";
import type { LiveRoutes } from "../live-routes.ts";
import { type AdminHandler, createJsonResponse } from "./admin-handler.ts";

/** What is fixed about this process. */
export interface InstanceFacts {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  readonly version: string;
  /** Unix milliseconds. */
  readonly startedAt: number;
}

export interface StateHandlersDeps {
  readonly guard: (work: AdminHandler) => AdminHandler;
  readonly routes: LiveRoutes;
  readonly instance: InstanceFacts;
  readonly describeEngine: () => unknown;
}

/** `/admin/engine` and `/admin/instances` (so far this one). */
export function addStateHandlers(app: Hono<GatewayEnv>, deps: StateHandlersDeps): void {
  const { guard, routes, instance, describeEngine } = deps;
  app.get(
    "/admin/engine",
    guard(async () => createJsonResponse(describeEngine())),
  );
  app.get(
    "/admin/instances",
    guard(async () => {
      const served = routes.list().map(({ name, version }) => [name, version] as const);
      return createJsonResponse({ data: [{ ...instance, routes: Object.fromEntries(served) }] });
    }),
  );
}
