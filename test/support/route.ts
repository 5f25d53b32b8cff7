import { type Route, routeSchema } from "../../src/routing/route.ts";

/** A valid route: target ids to percents, and whatever else the test cares for. */
export function createRoute(percents: Record<string, number>, rest: object = {}): Route {
  const targets = Object.entries(percents).map(([id, percent]) => ({
    id,
    provider: id,
    model: `${id}-model`,
    percent,
  }));
  return routeSchema.parse({ name: "stylist", models: ["gpt-4o-mini"], targets, ...rest });
}
