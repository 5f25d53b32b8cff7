import type { Lexicon } from "../load-lexicon.ts";
import { createPhraseIndex, type PhraseIndex } from "../phrase-index.ts";
import type { Polarity, RulesFile } from "../rules/rules-file.ts";
import { foldText, splitWords } from "../text.ts";

/** A stretch of guidance text between commas or full stops, and how each of its words stands. */
export interface Clause {
  readonly words: readonly string[];
  readonly polarity: readonly Polarity[];
  /** Words under a cue that asks outright ("I need", "must include"), not merely likes. */
  readonly demanded: readonly boolean[];
}

export type ClauseReader = (text: string) => Clause[];

type Cue = "avoid" | "want" | "demand" | "neutral" | "turn" | "stop";

/** Prepares the cue phrases once; the reader splits a text and follows likes and dislikes through it. */
export function createClauseReader({ rulesFile }: Pick<Lexicon, "rulesFile">): ClauseReader {
  const index = createCueIndex(rulesFile);
  return (text) => {
    const clauses: Clause[] = [];
    // "Trousers over skirts" rules skirts out only after "prefer": elsewhere "over" is a place.
    const folded = foldText(text).replace(/\b(prefer\b[^,.;]*?)\bover\b/g, "$1rather than");
    for (const sentence of folded.split(/[.!?;\n()]+|\bbut\b|\bhowever\b|\balthough\b|\bthough\b/)) {
      let inherited: Polarity = "none";
      for (const part of sentence.split(/,|\s[-–—/]\s|:/)) {
        const clause = readClause({ words: splitWords(part), inherited }, index);
        if (clause.words.length > 0) clauses.push(clause);
        inherited = clause.polarity.at(-1) ?? inherited;
      }
    }
    return clauses;
  };
}

function createCueIndex({ cues }: RulesFile): PhraseIndex<Cue> {
  const names: readonly Cue[] = ["neutral", "avoid", "want", "demand", "turn", "stop"];
  return createPhraseIndex(names.flatMap((cue) => cues[cue].map((phrase) => [phrase, cue] as const)));
}

/**
 * "I love navy, cream and olive" goes on wanting after the comma; "no heels, stripes or yellow" goes on avoiding only
 * where an "or" shows that the list continues.
 */
function readClause(part: { words: string[]; inherited: Polarity }, index: PhraseIndex<Cue>): Clause {
  const { words, inherited } = part;
  const continues =
    inherited === "want" || (inherited === "avoid" && (words.includes("or") || words[0] === "nor"));
  let current: Polarity = continues ? inherited : "none";
  let isDemand = false;
  let turned = false;
  const polarity: Polarity[] = [];
  const demanded: boolean[] = [];
  const cues = new Map(index.findInWords(words).map((match) => [match.start, match]));
  let cueEnd = 0;
  words.forEach((_, position) => {
    const cue = cues.get(position);
    if (cue && position >= cueEnd) {
      const kinds = cue.values;
      cueEnd = cue.end;
      if (kinds.includes("avoid")) {
        current = "avoid";
        isDemand = false;
        turned = false;
      } else if (kinds.includes("neutral") || kinds.includes("stop")) {
        current = "none";
        isDemand = false;
        turned = true;
      } else if (kinds.includes("want") || kinds.includes("demand")) {
        // "do not want": the denial holds until something turns the sentence.
        if (current !== "avoid" || turned) {
          current = "want";
          isDemand = isDemand || kinds.includes("demand");
        }
      }
      if (kinds.includes("turn")) turned = true;
    }
    polarity.push(current);
    demanded.push(isDemand && current === "want");
  });
  return { words, polarity, demanded };
}
