import { ANY_BRANCH, type Branch, createBranch } from "./branch.ts";
import { conjoin } from "./conjoin.ts";
import { settle } from "./settle.ts";

export interface BranchFactor {
  readonly keyword: string;
  branches(): readonly Branch[];
}

/** More ways than this to meet one schema are not followed up. */
const MAX_BRANCHES = 200;

/**
 * Every combination of one branch from each factor that does not contradict itself. A factor that would bring the
 * number over the limit is left out instead, and named as open on each branch: the result then lets more through.
 */
export function multiplyBranches(options: {
  readonly factors: readonly BranchFactor[];
  readonly path: string;
  readonly countStep: () => void;
}): readonly Branch[] {
  const { factors, path, countStep } = options;
  let product: readonly Branch[] = [ANY_BRANCH];
  for (const { keyword, branches } of factors) {
    const factor = branches();
    const next: Branch[] = [];
    for (const left of product) {
      for (const right of factor) {
        countStep();
        const both = left === ANY_BRANCH ? right : right === ANY_BRANCH ? left : conjoin(left, right);
        const settled = both && settle(both);
        if (settled !== undefined) next.push(settled);
      }
      if (next.length > MAX_BRANCHES) break;
    }
    product = next.length > MAX_BRANCHES ? leaveOpen(product, `${path}/${keyword}`) : next;
    if (product.length === 0) return [];
  }
  return product;
}

/** At most so many branches for a union; past that anything goes, with the keyword named. */
export function limitUnion(branches: readonly Branch[], pointer: string): readonly Branch[] {
  return branches.length > MAX_BRANCHES ? [createBranch({ open: [pointer] })] : branches;
}

function leaveOpen(branches: readonly Branch[], pointer: string): readonly Branch[] {
  return branches.map((branch) => ({ ...branch, open: [...new Set([...branch.open, pointer])] }));
}
