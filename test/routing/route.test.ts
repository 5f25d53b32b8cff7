import { describe, expect, it } from "vitest";
import { routeSchema } from "../../src/routing/route.ts";
import { createRoute } from "../support/route.ts";

const route = createRoute(
  { local: 60, openai: 40 },
  { fallback: ["openai"], shadow: [{ target: "local", percent: 5 }] },
);
const messagesOf = (changes: object) =>
  routeSchema
    .safeParse({ ...route, ...changes })
    .error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);

describe("routeSchema", () => {
  it("fills in what a short route leaves out", () => {
    expect(route).toMatchObject({
      sticky: true,
      imagePolicy: "drop",
      consent: "log",
      enabled: true,
      version: 1,
    });
    expect(route.shadow).toEqual([{ target: "local", percent: 5, maxConcurrency: 2, dailyUsd: null }]);
  });

  it("wants percents that sum to 100, forgiving rounding", () => {
    const share = (percent: number) => route.targets.map((target) => ({ ...target, percent }));
    expect(messagesOf({ targets: share(40) })).toEqual(["targets: percents sum to 80, not 100"]);
    expect(() => createRoute({ a: 33.3333, b: 33.3333, c: 33.3334 })).not.toThrow();
  });

  it("refuses names that lead nowhere and names that repeat", () => {
    const rule = { target: "local", percent: 5 };
    expect(messagesOf({ fallback: ["cloud"] })).toEqual(["fallback.0: unknown target cloud"]);
    expect(messagesOf({ shadow: [{ ...rule, target: "cloud" }] })).toEqual([
      "shadow.0.target: unknown target cloud",
    ]);
    expect(messagesOf({ shadow: [rule, rule] })).toEqual(["shadow.1.target: a second rule for local"]);
    const twice = route.targets.map((target) => ({ ...target, id: "openai" }));
    expect(messagesOf({ targets: twice, shadow: [] })).toEqual(["targets: target ids repeat"]);
  });

  it("refuses fields that it does not know", () => {
    expect(messagesOf({ percnt: 5 })?.[0]).toContain("percnt");
  });
});
