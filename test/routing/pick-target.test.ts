import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BUCKET_COUNT, computeBucket } from "../../src/routing/bucket.ts";
import { pickTarget } from "../../src/routing/pick-target.ts";
import { createRoute } from "../support/route.ts";

const bucketArbitrary = fc.integer({ min: 0, max: BUCKET_COUNT - 1 });

/** Percents in whole ten-thousandths that sum to 100, one for each of two to six targets. */
const percentsArbitrary = fc
  .array(fc.integer({ min: 0, max: BUCKET_COUNT }), { minLength: 1, maxLength: 5 })
  .map((cuts) => [0, ...cuts.sort((a, b) => a - b), BUCKET_COUNT])
  .map((edges) => edges.slice(1).map((edge, index) => (edge - (edges[index] ?? 0)) / 10_000));

const nameTargets = (percents: readonly number[]) =>
  Object.fromEntries(percents.map((percent, index) => [`target-${index}`, percent]));

describe("computeBucket", () => {
  it("is the same for the same key and another for another route", () => {
    expect(computeBucket({ scope: "stylist", key: "user-1" })).toBe(
      computeBucket({ scope: "stylist", key: "user-1" }),
    );
    expect(computeBucket({ scope: "stylist", key: "user-1" })).not.toBe(
      computeBucket({ scope: "other", key: "user-1" }),
    );
    expect(computeBucket({ scope: "ab", key: "c" })).not.toBe(computeBucket({ scope: "a", key: "bc" }));
  });

  it("never changes between releases", () => {
    expect(computeBucket({ scope: "stylist", key: "user-1" })).toBe(735417);
  });

  it("deals users evenly", () => {
    const counts = new Array<number>(20).fill(0);
    for (let user = 0; user < 20_000; user += 1) {
      const cell = Math.floor((computeBucket({ scope: "stylist", key: `user-${user}` }) / BUCKET_COUNT) * 20);
      counts[cell] = (counts[cell] ?? 0) + 1;
    }
    const chiSquare = counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    // 19 degrees of freedom: 43.8 is exceeded once in a thousand times; the users are fixed, so it is never flaky.
    expect(chiSquare).toBeLessThan(43.8);
  });
});

describe("pickTarget", () => {
  it("gives every target exactly its percent of the buckets", () => {
    fc.assert(
      fc.property(percentsArbitrary, (percents) => {
        const route = createRoute(nameTargets(percents));
        for (const [index, percent] of percents.entries()) {
          const lower = Math.round(percents.slice(0, index).reduce((sum, share) => sum + share, 0) * 10_000);
          const upper = lower + Math.round(percent * 10_000);
          if (percent === 0) continue;
          expect(pickTarget(route, lower).id).toBe(`target-${index}`);
          expect(pickTarget(route, upper - 1).id).toBe(`target-${index}`);
        }
      }),
    );
  });

  it("keeps a target's users when its percent goes up and no other's does", () => {
    const cases = fc.record({
      percents: percentsArbitrary,
      chosen: fc.nat(5),
      kept: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 6, maxLength: 6 }),
      bucket: bucketArbitrary,
    });
    fc.assert(
      fc.property(cases, ({ percents, chosen, kept, bucket }) => {
        const raised = chosen % percents.length;
        const lowered = percents.map((percent, index) =>
          index === raised ? 0 : percent * (kept[index] ?? 1),
        );
        const rest = lowered.reduce((sum, percent) => sum + percent, 0);
        const after = lowered.map((percent, index) => (index === raised ? 100 - rest : percent));
        const id = `target-${raised}`;
        fc.pre(pickTarget(createRoute(nameTargets(percents)), bucket).id === id);
        expect(pickTarget(createRoute(nameTargets(after)), bucket).id).toBe(id);
      }),
      { numRuns: 2000 },
    );
  });

  it("does not depend on the order in the configuration", () => {
    fc.assert(
      fc.property(percentsArbitrary, bucketArbitrary, (percents, bucket) => {
        const route = createRoute(nameTargets(percents));
        const reversed = { ...route, targets: [...route.targets].reverse() };
        expect(pickTarget(reversed, bucket)).toEqual(pickTarget(route, bucket));
      }),
    );
  });

  it("never picks a target at 0 percent", () => {
    const route = createRoute({ local: 0, openai: 100 });
    expect(pickTarget(route, 0).id).toBe("openai");
    expect(pickTarget(route, BUCKET_COUNT - 1).id).toBe("openai");
  });
});
