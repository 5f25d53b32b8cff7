import type { ReadItem } from "../read-item.ts";
import { splitWords } from "../text.ts";
import { type Draft, findQueryFault, listPending, readQuery } from "./accept-query.ts";
import type { OutfitContext } from "./outfit-context.ts";
import type { Candidate } from "./outfit-rules.ts";
import { isTypeOpen } from "./outfit-state.ts";

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
 * the model's own colour and material words. Always finds one while the outfit can be completed at all.
 */
export function repairQuery(written: string, draft: Draft, context: OutfitContext): ReadItem {
  const meant = readQuery(written, context);
  const kept = keepWords(meant, context);
  let last: ReadItem | null = null;
  for (const candidate of rankCandidates(meant, draft, context)) {
    for (const query of phraseCandidate(candidate, { kept, draft }, context)) {
      const item = readQuery(query, context);
      if (item.garment !== candidate.garment) continue;
      if (findQueryFault(item, draft, context) === null) return item;
      last ??= item;
    }
  }
  return last ?? meant;
}

/** The model's modifiers that are words of the lexicon, in order. */
function keepWords(item: ReadItem, { lexicon }: OutfitContext): string[] {
  const garmentWords = new Set(splitWords(item.garment?.name ?? ""));
  return item.words
    .filter((word) => !garmentWords.has(word))
    .filter((word) => lexicon.modifierIndex.get(word).length > 0 || lexicon.colourIndex.get(word).length > 0)
    .slice(0, MAX_KEPT_WORDS);
}

/** Open slots only; the meant garment and slot first, then what meets pending demands, then by chance. */
function rankCandidates(meant: ReadItem, draft: Draft, context: OutfitContext): Candidate[] {
  const types = draft.items.flatMap((item) => item.type ?? []);
  const pending = listPending(draft.items, context);
  const meantWords = new Set(meant.words);
  return context.rules.candidates
    .filter((candidate) => isTypeOpen(types, candidate.type))
    .map((candidate) => {
      const shared = splitWords(candidate.garment.name).filter((word) => meantWords.has(word)).length;
      const score =
        (candidate.garment === meant.garment ? 8 : 0) +
        (candidate.type === meant.type ? 4 : 0) +
        (candidate.type === "accessory" ? 0 : 1) +
        shared * 2 -
        (candidate.garment.traits.some((trait) => SPECIAL_TRAITS.has(trait)) ? 3 : 0) +
        candidate.meets.filter((demand) => pending.includes(demand)).length * 2;
      return { candidate, score: score + context.random() };
    })
    .sort((a, b) => b.score - a.score)
    .map(({ candidate }) => candidate);
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
