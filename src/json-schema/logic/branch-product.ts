import { ANY_BRANCH, type Branch } from "./branch.ts";
import { conjoin } from "./conjoin.ts";
import { settle } from "./settle.ts";

export interface BranchFactor {
  readonly keyword: string;
  branches(): readonly Branch[];
}

/**
 * Every combination of one branch from each factor that does not contradict itself. A factor that would bring the
 * number over the limit is left out instead, and named as open on each branch: the result then lets more through.
 */
export function multiplyBranches(options: {
  readonly factors: readonly BranchFactor[];
  readonly path: string;
  /** More branches than this are not followed up. */
  readonly maxBranches: number;
  readonly countStep: () => void;
}): readonly Branch[] {
  const { factors, path, maxBranches, countStep } = options;
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
      if (next.length > maxBranches) break;
    }
    product =
      next.length > maxBranches
        ? leaveOpen(product, { pointer: `${path}/${keyword}`, types: joinTypes(factor) })
        : next;
    if (product.length === 0) return [];
  }
  return product;
}

/** At most so many branches for a union; past that anything goes, with the keyword named. */
export function limitUnion(
  branches: readonly Branch[],
  { maxBranches, pointer }: { readonly maxBranches: number; readonly pointer: string },
): readonly Branch[] {
  return branches.length > maxBranches
    ? leaveOpen([ANY_BRANCH], { pointer, types: joinTypes(branches) })
    : branches;
}

function joinTypes(branches: readonly Branch[]): number {
  return branches.reduce((types, branch) => types | branch.types, 0);
}

/** Of what was left out only the types are kept. It may have declared properties: such a branch is never closed. */
export function leaveOpen(
  branches: readonly Branch[],
  { pointer, types }: { readonly pointer: string; readonly types: number },
): readonly Branch[] {
  const possible = branches.filter((branch) => branch.types & types);
  return possible.map((branch) => ({
    ...branch,
    types: branch.types & types,
    isTyped: true,
    isAdditionalSettled: true,
    open: [...new Set([...branch.open, pointer])],
  }));
}
