import type { Token } from "node-llama-cpp";
import type { NgramEntry } from "./ngram-table.ts";
import { hashEnd, NGRAM_ORDERS } from "./token-memory.ts";

/** Seen less often, an end says more about one answer than about answers. */
const MIN_SEEN = 5;
/** Below the price of a guess on any machine. */
const MIN_SHARE = 0.2;
/** A longer end that foretells the same token about as surely as a shorter one is left out. */
const SAME_SHARE = 0.2;
/** Something seen a few times only is not certain yet (as in TokenMemory). */
const DOUBT = 1;
/** Mark and token together have to be a whole number below 2^53. */
const TOKEN_RANGE = 2 ** 21;

type Follower = Pick<NgramEntry, "next" | "share">;

/**
 * Counts which token follows the last 2, 3, 4 and 6 tokens in `answers` and keeps what is worth a guess. Throws
 * RangeError for token ids above two million.
 */
export function countNgrams(answers: readonly (readonly Token[])[]): NgramEntry[] {
  const kept = new Map<number, Follower>();
  const shortestFirst = [...NGRAM_ORDERS].reverse();
  for (const [level, order] of shortestFirst.entries()) {
    const shorter = shortestFirst.slice(0, level).reverse();
    const found = countFollowers(answers, order);
    for (const answer of answers) {
      for (let end = order; end < answer.length; end++) {
        const mark = hashEnd(answer, end, order);
        const follower = found.get(mark);
        if (follower === undefined) continue;
        found.delete(mark);
        const known = findKnown(kept, answer, { end, orders: shorter });
        if (isNews(follower, known)) kept.set(mark, follower);
      }
    }
  }
  return [...kept].map(([mark, { next, share }]) => ({ mark, next, share }));
}

/** What the table would tell without the longer end. */
function findKnown(
  kept: ReadonlyMap<number, Follower>,
  answer: readonly Token[],
  { end, orders }: { readonly end: number; readonly orders: readonly number[] },
): Follower | undefined {
  for (const order of orders) {
    const known = kept.get(hashEnd(answer, end, order));
    if (known !== undefined) return known;
  }
  return undefined;
}

function isNews({ next, share }: Follower, known: Follower | undefined): boolean {
  if (known === undefined) return share >= MIN_SHARE;
  return known.next !== next || Math.abs(known.share - share) >= SAME_SHARE;
}

/** By mark. Sorted numbers take a tenth of the memory that a map of maps would. */
function countFollowers(answers: readonly (readonly Token[])[], order: number): Map<number, Follower> {
  const pairs = new Float64Array(answers.reduce((sum, { length }) => sum + Math.max(0, length - order), 0));
  let count = 0;
  for (const answer of answers) {
    for (let end = order; end < answer.length; end++) {
      const next = answer[end] ?? 0;
      if (next >= TOKEN_RANGE) throw new RangeError(`token ${next} is beyond what can be counted`);
      pairs[count++] = hashEnd(answer, end, order) * TOKEN_RANGE + next;
    }
  }
  pairs.sort();
  const found = new Map<number, Follower>();
  for (let start = 0; start < count; ) {
    const mark = Math.floor((pairs[start] ?? 0) / TOKEN_RANGE);
    const { end, follower } = readGroup(pairs, start, mark);
    if (end - start >= MIN_SEEN) found.set(mark, follower);
    start = end;
  }
  return found;
}

/** The pairs of one mark from `start` on: where they end, and the token that is most often among them. */
function readGroup(
  pairs: Float64Array,
  start: number,
  mark: number,
): { readonly end: number; readonly follower: Follower } {
  let end = start;
  let next = 0;
  let most = 0;
  while (end < pairs.length && Math.floor((pairs[end] ?? 0) / TOKEN_RANGE) === mark) {
    const pair = pairs[end];
    const from = end;
    while (end < pairs.length && pairs[end] === pair) end++;
    if (end - from > most) {
      most = end - from;
      next = (pair ?? 0) - mark * TOKEN_RANGE;
    }
  }
  return { end, follower: { next, share: most / (end - start + DOUBT) } };
}
