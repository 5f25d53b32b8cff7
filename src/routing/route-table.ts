import type { Route } from "./route.ts";

/** The routes served at one moment. Never changes: a change is another table, so a request sees one or the other. */
export interface RouteTable {
  readonly routes: readonly Route[];
  byName(name: string): Route | null;
  /** The enabled route that a model name leads to; where two claim it, the one listed first. */
  byModel(model: string): Route | null;
  /** This table with the route added, or in place of the one with its name. */
  withRoute(route: Route): RouteTable;
}

export function createRouteTable(routes: readonly Route[]): RouteTable {
  const names = new Map(routes.map((route) => [route.name, route]));
  const models = new Map<string, Route>();
  for (const route of names.values()) {
    if (route.enabled) for (const model of route.models) if (!models.has(model)) models.set(model, route);
  }
  return {
    routes: [...names.values()],
    byName: (name) => names.get(name) ?? null,
    byModel: (model) => models.get(model) ?? null,
    // A map keeps the place of a key that is set again.
    withRoute: (route) => createRouteTable([...new Map(names).set(route.name, route).values()]),
  };
}
