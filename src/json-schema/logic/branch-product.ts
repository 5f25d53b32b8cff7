import { ANY_BRANCH, type Branch } from "./branch.ts";
import { conjoin } from "./conjoin.ts";
import { settle } from "./settle.ts";

export interface BranchFactor {
  readonly keyword: string;
  branches(): readonly Branch[];
}

export interface BranchLimits {
  /** More branches than this are not followed up where lists of them multiply. */
  readonly maxBranches: number;
  /** The same where a list stays as it is: it costs no more than its length. */
  readonly maxUnion: number;
}

/** How many branches may come of lists of which the longest has so many. */
export function findMost({ maxBranches, maxUnion }: BranchLimits, longest: number): number {
  return Math.max(maxBranches, Math.min(longest, maxUnion));
}

/**
 * Every combination of one branch from each factor that does not contradict itself. A factor that would bring the
 * number over the limit is left out instead, and named as open on each branch: the result then lets more through.
 */
export function multiplyBranches(options: {
  readonly factors: readonly BranchFactor[];
  readonly path: string;
  readonly limits: BranchLimits;
  readonly countStep: () => void;
}): readonly Branch[] {
  const { factors, path, limits, countStep } = options;
  let product: readonly Branch[] = [ANY_BRANCH];
  for (const { keyword, branches } of factors) {
    const factor = branches();
    const most = findMost(limits, Math.max(product.length, factor.length));
    const next: Branch[] = [];
    for (const left of product) {
      for (const right of factor) {
        countStep();
        const both = left === ANY_BRANCH ? right : right === ANY_BRANCH ? left : conjoin(left, right);
        const settled = both && settle(both);
        if (settled !== undefined) next.push(settled);
      }
      if (next.length > most) break;
    }
    product =
      next.length > most
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
function leaveOpen(
  branches: readonly Branch[],
  { pointer, types }: { readonly pointer: string; readonly types: number },
): readonly Branch[] {
  const possible = branches.filter((branch) => branch.types & types);
  return nameLeftOpen(possible, pointer).map((branch) => ({
    ...branch,
    types: branch.types & types,
    isTyped: true,
    isAdditionalSettled: true,
  }));
}

/** The branches as they are, with a keyword named that they do not hold to. */
export function nameLeftOpen(branches: readonly Branch[], pointer: string): readonly Branch[] {
  return branches.map((branch) => ({ ...branch, open: [...new Set([...branch.open, pointer])] }));
}
