import type { Brief } from "../brief.ts";
import type { Lexicon } from "../load-lexicon.ts";
import type { OutfitRules } from "./outfit-rules.ts";

/** All that the writing of one outfit depends on. */
export interface OutfitContext {
  readonly brief: Brief;
  readonly lexicon: Lexicon;
  readonly rules: OutfitRules;
  /** Items that this outfit is meant to have. */
  readonly wanted: number;
  readonly random: () => number;
}
