import { isBucketWithin } from "./bucket.ts";
import type { Route, Target } from "./route.ts";

/**
 * The target whose share of the route holds the bucket. Shares lie side by side in the order of target ids, whatever
 * the order in the configuration: so when one target's percent goes up and no other's does, its share only grows at its
 * edges and every user it had stays with it.
 */
export function pickTarget(route: Pick<Route, "targets">, bucket: number): Target {
  const shares = route.targets.filter((target) => target.percent > 0).sort(compareIds);
  let upper = 0;
  for (const target of shares) {
    upper += target.percent;
    if (isBucketWithin(bucket, upper)) return target;
  }
  // Percents may miss 100 by a rounding error: the last share reaches to the end.
  const last = shares.at(-1);
  if (last === undefined) throw new RangeError("a route needs a target with a percent above 0");
  return last;
}

function compareIds(a: Target, b: Target): number {
  return a.id < b.id ? -1 : 1;
}
