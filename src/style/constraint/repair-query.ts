import type { ReadItem } from "../read-item.ts";
import { splitWords } from "../text.ts";
import { type Draft, findQueryFault, listPending, readQuery } from "./accept-query.ts";
import type { OutfitContext } from "./outfit-context.ts";
import type { Candidate } from "./outfit-rules.ts";
import { addItem, countMissing, isTypeOpen } from "./outfit-state.ts";

/** Of the model's own words at most so many are carried over to another garment. */
const MAX_KEPT_WORDS = 4;

/** Words that fit before any garment, tried when a query is too short or a colour is wrong. */
const PLAIN_WORDS = ["classic", "black", "navy", "white", "beige", "grey"];

/** Garments for one purpose only: never the first choice where any would do. */
const SPECIAL_TRAITS = new Set([
  "bridal",
  "maternity",
  "sleep",
  "swim",
  "ethnic",
  "sport",
  "outdoor",
  "formal-only",
]);

/**
 * The nearest query that may stand: the model's garment with fewer words, else another garment (same slot first) with
 * the model's own colour and material words. Demands that leave no query are given up, so that the rules are kept.
 */
export function repairQuery(written: string, draft: Draft, context: OutfitContext): ReadItem {
  const meant = readQuery(written, context);
  const freed = { ...context, rules: { ...context.rules, demands: [] } };
  return findNearest(meant, draft, context) ?? findNearest(meant, draft, freed) ?? meant;
}

function findNearest(meant: ReadItem, draft: Draft, context: OutfitContext): ReadItem | null {
  const kept = keepWords(meant, context);
  for (const { candidate } of rankCandidates(meant, draft, context)) {
    const item = findItem(candidate, { kept, draft }, context);
    if (item !== null) return item;
  }
  return null;
}

/** Is there any query that may stand next? */
export function canTakeAnother(draft: Draft, context: OutfitContext): boolean {
  return listOpenCandidates(draft, context).some(
    ({ candidate }) => findItem(candidate, { kept: [], draft }, context) !== null,
  );
}

function findItem(
  candidate: Candidate,
  have: { kept: readonly string[]; draft: Draft },
  context: OutfitContext,
): ReadItem | null {
  for (const query of phraseCandidate(candidate, have, context)) {
    const item = readQuery(query, context);
    const isMeant = item.garment === candidate.garment;
    if (isMeant && findQueryFault(item, have.draft, context) === null) return item;
  }
  return null;
}

/** The model's modifiers that are words of the lexicon, in order. */
export function keepWords(item: ReadItem, { lexicon }: OutfitContext): string[] {
  const garmentWords = new Set(splitWords(item.garment?.name ?? ""));
  return item.words
    .filter((word) => !garmentWords.has(word))
    .filter((word) => lexicon.modifierIndex.get(word).length > 0 || lexicon.colourIndex.get(word).length > 0)
    .slice(0, MAX_KEPT_WORDS);
}

interface OpenCandidate {
  readonly candidate: Candidate;
  /** Items that the outfit still needs with it. */
  readonly missing: number;
}

interface RankedCandidate extends OpenCandidate {
  /** For a purpose that nothing else in the outfit is for. */
  readonly isOdd: boolean;
}

/** Other garments than those in the draft, for slots with which it can still be completed. */
function listOpenCandidates({ items, room }: Draft, context: OutfitContext): OpenCandidate[] {
  const { rules, limits } = context;
  const types = items.flatMap((item) => item.type ?? []);
  const state = { types, pending: listPending(items, context) };
  const within = { kinds: rules.kinds, room: room - 1, least: limits.counts.least };
  const known = new Map<string, number | null>();
  const countWith = (kind: Candidate) => {
    const key = `${kind.type} ${kind.meets.join(" ")}`;
    const counted = known.get(key);
    if (counted !== undefined) return counted;
    const count = isTypeOpen(types, kind.type) ? countMissing(addItem(state, kind), within) : null;
    known.set(key, count);
    return count;
  };
  return rules.candidates.flatMap((candidate) => {
    const missing = countWith(candidate);
    const isOther = items.every((item) => item.garment !== candidate.garment);
    return missing !== null && isOther ? [{ candidate, missing }] : [];
  });
}

/** The meant garment and slot first, then what meets pending demands, then by chance. */
export function rankCandidates(meant: ReadItem, draft: Draft, context: OutfitContext): RankedCandidate[] {
  const pending = listPending(draft.items, context);
  const meantWords = new Set(meant.words);
  const ownTraits = new Set([meant, ...draft.items].flatMap(({ garment }) => garment?.traits ?? []));
  return listOpenCandidates(draft, context)
    .map((open) => {
      const { garment, type, meets } = open.candidate;
      const shared = splitWords(garment.name).filter((word) => meantWords.has(word)).length;
      const isOdd = garment.traits.some((trait) => SPECIAL_TRAITS.has(trait) && !ownTraits.has(trait));
      const score =
        (garment === meant.garment ? 8 : 0) +
        (type === meant.type ? 4 : 0) +
        (type === "accessory" ? 0 : 1) +
        shared * 2 -
        (isOdd ? 3 : 0) +
        meets.filter((demand) => pending.includes(demand)).length * 2;
      return { ranked: { ...open, isOdd }, score: score + context.random() };
    })
    .sort((a, b) => b.score - a.score)
    .map(({ ranked }) => ranked);
}

function* phraseCandidate(
  { garment }: Candidate,
  have: { kept: readonly string[]; draft: Draft },
  context: OutfitContext,
): Generator<string> {
  const { kept, draft } = have;
  const needed = listPending(draft.items, context).flatMap((index) => {
    const { modifiers = [] } = context.rules.demands[index] ?? {};
    return modifiers.length > 0 ? [modifiers[Math.floor(context.random() * modifiers.length)] ?? ""] : [];
  });
  if (kept.length > 0) yield [...kept, garment.name].join(" ");
  const plainKept = kept.filter((word) => context.lexicon.colourIndex.get(word).length === 0);
  for (const word of needed) yield [word, ...plainKept, garment.name].join(" ");
  if (plainKept.length > 0 && plainKept.length < kept.length) yield [...plainKept, garment.name].join(" ");
  yield garment.name;
  for (const word of [...needed, ...PLAIN_WORDS]) yield `${word} ${garment.name}`;
}
