import type { Provider } from "../providers/provider.ts";
import { type Route, routeSchema } from "../routing/route.ts";

/** The routes this process serves right now. A change swaps the whole table at once; requests under way keep theirs. */
export interface LiveRoutes {
  list(): readonly Route[];
  get(name: string): Route | undefined;
  /** The enabled route a model name leads to, else a pass-through when there is an upstream for one, else undefined. */
  resolve(model: string): Route | undefined;
  replace(route: Route): void;
}

export interface LiveRoutesOptions {
  readonly routes: readonly Route[];
  /** Takes model names that no route knows; undefined when there is no such upstream. */
  readonly passthrough: Pick<Provider, "id"> | undefined;
}

interface Table {
  readonly byName: ReadonlyMap<string, Route>;
  readonly byModel: ReadonlyMap<string, Route>;
}

export function createLiveRoutes({ routes, passthrough }: LiveRoutesOptions): LiveRoutes {
  let table = createTable(routes);
  return {
    list: () => [...table.byName.values()],
    get: (name) => table.byName.get(name),
    resolve(model) {
      const route = table.byModel.get(model);
      if (route !== undefined || passthrough === undefined) return route;
      return createPassthroughRoute(model, passthrough.id);
    },
    replace(route) {
      table = createTable([...table.byName.values()].filter(({ name }) => name !== route.name).concat(route));
    },
  };
}

function createTable(routes: readonly Route[]): Table {
  const enabled = routes.filter((route) => route.enabled);
  return {
    byName: new Map(routes.map((route) => [route.name, route])),
    byModel: new Map(enabled.flatMap((route) => route.models.map((model) => [model, route] as const))),
  };
}

/** Passes a request on as it is: nothing about it is ours to steer. */
function createPassthroughRoute(model: string, provider: string): Route {
  return routeSchema.parse({
    name: "passthrough",
    models: [model],
    targets: [{ id: provider, provider, model, percent: 100 }],
    constraints: false,
    imagePolicy: "vision",
  });
}
