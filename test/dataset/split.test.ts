import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createGrouping, createLeakFinder, listGroupKeys, pickSide } from "../../src/dataset/split.ts";
import { createSample } from "./samples.ts";

describe("grouping", () => {
  it("puts samples into one group when they share a key, directly or through others", () => {
    const grouping = createGrouping();
    for (const keys of [["a", "b"], ["c"], ["d", "c"], ["e"], ["b", "d"]]) grouping.add(keys);
    const groups = [0, 1, 2, 3, 4].map((index) => grouping.groupOf(index));
    expect(groups).toEqual(["a", "a", "a", "e", "a"]);
    expect(grouping.count()).toBe(2);
  });

  it("makes the same groups as a search through the graph, in any order of adding", () => {
    const keysOf = fc.array(fc.integer({ min: 0, max: 30 }).map(String), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(
        fc.array(keysOf, { minLength: 1, maxLength: 30 }),
        fc.infiniteStream(fc.nat()),
        (samples, dice) => {
          const order = samples.map((_, index) => index);
          order.sort(() => ((dice.next().value ?? 0) % 2) - 0.5);
          const grouping = createGrouping();
          for (const index of order) grouping.add(samples[index] ?? []);
          const found = samples.map((_, index) => grouping.groupOf(order.indexOf(index)));
          expect(found).toEqual(samples.map((keys) => searchGroup(keys, samples)));
        },
      ),
    );
  });

  it("ties samples by input, group, user and inference", () => {
    const [one, two] = [createSample(1), createSample(2)];
    expect(listGroupKeys({ ...two, input: one.input })).toEqual(listGroupKeys(one));
    const shout = structuredClone(one);
    shout.input.form.preparing_for = "  DINNER   1 ";
    expect(listGroupKeys(shout)).toEqual(listGroupKeys(one));
    const tied = listGroupKeys(createSample(1, { groupKey: "g", userHash: "u", inferenceId: "i" }));
    expect(tied.slice(1)).toEqual(["group:g", "user:u", "inference:i"]);
  });
});

/** Smallest key reachable from a sample's keys. */
function searchGroup(keys: readonly string[], samples: readonly (readonly string[])[]): string {
  const reached = new Set(keys);
  for (let size = 0; size !== reached.size; ) {
    size = reached.size;
    for (const other of samples) {
      if (other.some((key) => reached.has(key))) for (const key of other) reached.add(key);
    }
  }
  return [...reached].sort()[0] ?? "";
}

describe("the side of a group", () => {
  const groups = Array.from({ length: 5_000 }, (_, index) => `input:${index}`);
  const pickValid = (salt: string, validPermille: number) =>
    groups.filter((group) => pickSide(group, { salt, validPermille }) === "valid");

  it("depends on nothing but salt and name, and takes about the asked share", () => {
    expect(pickValid("one", 100)).toEqual(pickValid("one", 100));
    expect(pickValid("one", 100)).not.toEqual(pickValid("two", 100));
    expect(pickValid("one", 100).length).toBeGreaterThan(400);
    expect(pickValid("one", 100).length).toBeLessThan(600);
    expect(pickValid("one", 0)).toEqual([]);
    expect(pickValid("one", 1_000)).toEqual(groups);
  });

  it("only adds to valid when the share grows", () => {
    const larger = new Set(pickValid("one", 200));
    expect(pickValid("one", 100).every((group) => larger.has(group))).toBe(true);
  });

  it("is the published formula: sha256 of salt, line feed, group; first 48 bits mod 1000", () => {
    // printf 'salt\ninput:7' | sha256sum begins with 51299cde49d1, which is 577 mod 1000.
    expect(pickSide("input:7", { salt: "salt", validPermille: 577 })).toBe("train");
    expect(pickSide("input:7", { salt: "salt", validPermille: 578 })).toBe("valid");
  });
});

describe("the leak finder", () => {
  it("counts what both sides share, by kind", () => {
    const finder = createLeakFinder();
    finder.add(createSample(1, { userHash: "u" }), "train");
    finder.add(createSample(2, { userHash: "u" }), "valid");
    finder.add(createSample(3), "train");
    finder.add(createSample(3), "train");
    expect(finder.read()).toEqual({ user: 1 });
    finder.add(createSample(3), "valid");
    expect(finder.read()).toEqual({ user: 1, input: 1 });
  });
});
