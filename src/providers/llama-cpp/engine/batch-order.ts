import type { BatchItem, CustomBatchingPrioritizationStrategy, PrioritizedBatchItem } from "node-llama-cpp";

export const PRIMARY_PRIORITY = 5;
export const SHADOW_PRIORITY = 1;

/** Tokens that shadow work may add to a decode while primary work is going on: it makes that decode little slower. */
const SHADOW_TOKENS = 8;

/**
 * Fills a decode: primary work shares it fairly, one token each at least; shadow work gets what is left, and only a
 * few tokens while a primary answer is being written. `hasPrimary` is asked also between a primary's decodes, when
 * nothing of it is queued: a large shadow batch started then would delay its next token.
 */
export function createBatchOrder(hasPrimary: () => boolean): CustomBatchingPrioritizationStrategy {
  return ({ items, size }) => {
    const primary = alignSteps(
      shareTokens(
        items.filter((item) => item.evaluationPriority === PRIMARY_PRIORITY),
        size,
      ),
    );
    const waiting = items.filter((item) => item.evaluationPriority !== PRIMARY_PRIORITY);
    const left = size - primary.reduce((sum, { processAmount }) => sum + processAmount, 0);
    const isSharing = primary.length > 0 || hasPrimary();
    const shadow = alignSteps(
      shareTokens(waiting, isSharing ? Math.min(left, SHADOW_TOKENS) : left),
      findShortestStep(primary),
    );
    // Sequences in a row are calculated together, out of order one by one: the queue is in order.
    return [...primary, ...shadow].sort((one, other) => items.indexOf(one.item) - items.indexOf(other.item));
  };
}

/** What a step of an answer has at most: a sampled token and the text that is forced behind it. Prompts have more. */
const STEP_TOKENS = 16;

/**
 * Steps of several answers get the same number of tokens, `most` at most. llama.cpp calculates sequences together only
 * as far as they are equally long; each remainder reads all weights again for one sequence's sake, while in the next
 * decode it would share them with the others. Primaries are aligned without a look at shadows: a shadow's single token
 * costs a second reading at most, while it would make a decode of each token that is forced on a primary. A shadow's
 * steps are no longer than those of the primaries that they go with.
 */
function alignSteps(
  shares: readonly PrioritizedBatchItem[],
  most = Number.POSITIVE_INFINITY,
): PrioritizedBatchItem[] {
  const shortest = Math.min(most, findShortestStep(shares));
  return shares.map((share) => (isStep(share) ? { ...share, processAmount: shortest } : share));
}

/** Infinity where there is no step. */
function findShortestStep(shares: readonly PrioritizedBatchItem[]): number {
  return Math.min(...shares.filter(isStep).map(({ processAmount }) => processAmount));
}

function isStep({ item }: PrioritizedBatchItem): boolean {
  return item.tokens.length <= STEP_TOKENS;
}

/** Short items whole, the rest of the space in equal parts among the long ones. Later items may get nothing. */
function shareTokens(items: readonly BatchItem[], size: number): PrioritizedBatchItem[] {
  let left = size;
  const shortestFirst = [...items].sort((one, other) => one.tokens.length - other.tokens.length);
  const shares: PrioritizedBatchItem[] = [];
  shortestFirst.forEach((item, index) => {
    const fair = Math.ceil(left / (shortestFirst.length - index));
    const processAmount = Math.min(item.tokens.length, fair, left);
    left -= processAmount;
    // An amount of zero would be taken for one.
    if (processAmount > 0) shares.push({ item, processAmount });
  });
  return shares;
}
