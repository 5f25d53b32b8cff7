import type { Branch } from "../logic/branch.ts";

export interface OrderGroup {
  readonly order: readonly string[];
  readonly members: readonly Branch[];
}

/** Branches whose orders of declared names agree are put together under one order that keeps each of theirs. */
export function groupByOrder(branches: readonly Branch[]): readonly OrderGroup[] {
  const groups: { order: readonly string[]; members: Branch[] }[] = [];
  for (const branch of branches) {
    let home: (typeof groups)[number] | undefined;
    for (const group of groups) {
      const merged = mergeOrders(group.order, branch.declared);
      if (merged === undefined) continue;
      group.order = merged;
      home = group;
      break;
    }
    if (home === undefined) groups.push({ order: branch.declared, members: [branch] });
    else home.members.push(branch);
  }
  return groups;
}

/** One order that keeps both; undefined when they contradict each other. New names come as late as that allows. */
function mergeOrders(left: readonly string[], right: readonly string[]): readonly string[] | undefined {
  const places = new Map(left.map((name, index) => [name, index]));
  const merged: string[] = [];
  let taken = 0;
  let waiting: string[] = [];
  for (const name of right) {
    const place = places.get(name);
    if (place === undefined) {
      waiting.push(name);
      continue;
    }
    if (place < taken) return undefined;
    merged.push(...left.slice(taken, place), ...waiting, name);
    waiting = [];
    taken = place + 1;
  }
  return [...merged, ...left.slice(taken), ...waiting];
}
