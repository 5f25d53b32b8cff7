import { describe, expect, it } from "vitest";
import { listFallbackOrder } from "../../src/routing/fallback-order.ts";
import { pickTarget } from "../../src/routing/pick-target.ts";
import type { Target } from "../../src/routing/route.ts";
import { createRoute } from "../support/route.ts";

const route = createRoute({ local: 100, openai: 0, spare: 0 }, { fallback: ["local", "openai"] });
const picked = pickTarget(route, 0);
const all = () => true;
const ids = (targets: readonly Target[]) => targets.map((target) => target.id);

describe("listFallbackOrder", () => {
  it("asks the picked target, then the fallback, each once", () => {
    expect(ids(listFallbackOrder({ route, picked, isUsable: all }))).toEqual(["local", "openai"]);
  });

  it("skips targets whose provider is absent", () => {
    const isUsable = ({ provider }: Target) => provider !== "local";
    expect(ids(listFallbackOrder({ route, picked, isUsable }))).toEqual(["openai"]);
    expect(listFallbackOrder({ route, picked, isUsable: () => false })).toEqual([]);
  });

  it("does not ask targets that the fallback does not name", () => {
    const alone = createRoute({ local: 100, openai: 0 });
    expect(ids(listFallbackOrder({ route: alone, picked, isUsable: all }))).toEqual(["local"]);
  });

  it("puts a preferred target first, named in the fallback or not", () => {
    const isPreferred = ({ id }: Target) => id === "spare";
    expect(ids(listFallbackOrder({ route, picked, isUsable: all, isPreferred }))).toEqual([
      "spare",
      "local",
      "openai",
    ]);
  });
});
