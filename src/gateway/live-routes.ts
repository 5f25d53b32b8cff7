import type { Provider } from "../providers/provider.ts";
import { type Route, routeSchema } from "../routing/route.ts";
import { createRouteTable } from "../routing/route-table.ts";

/** The routes this process serves right now. A change swaps the whole table at once; requests under way keep theirs. */
export interface LiveRoutes {
  list(): readonly Route[];
  get(name: string): Route | null;
  /** The enabled route a model name leads to, else a pass-through when there is an upstream for one, else null. */
  resolve(model: string): Route | null;
  replace(route: Route): void;
}

export interface LiveRoutesOptions {
  readonly routes: readonly Route[];
  /** Takes model names that no route knows; undefined when there is no such upstream. */
  readonly passthrough: Pick<Provider, "id"> | undefined;
}

export function createLiveRoutes({ routes, passthrough }: LiveRoutesOptions): LiveRoutes {
  let table = createRouteTable(routes);
  return {
    list: () => table.routes,
    get: (name) => table.byName(name),
    resolve(model) {
      const route = table.byModel(model);
      if (route !== null || passthrough === undefined) return route;
      return createPassthroughRoute(model, passthrough.id);
    },
    replace(route) {
      table = table.withRoute(route);
    },
  };
}

/** As long as the official clients wait: a model that thinks for minutes is no fault, and nobody else can answer. */
const PATIENCE_MS = 600_000;

/** Passes a request on as it is: nothing about it is ours to steer. */
function createPassthroughRoute(model: string, provider: string): Route {
  return routeSchema.parse({
    name: "passthrough",
    models: [model],
    targets: [{ id: provider, provider, model, percent: 100 }],
    constraints: false,
    timeoutMs: PATIENCE_MS,
    streamTimeouts: { firstTokenMs: PATIENCE_MS, betweenTokensMs: PATIENCE_MS },
  });
}
