import type { Brief } from "../brief.ts";
import type { Lexicon } from "../load-lexicon.ts";
import type { OutfitRules } from "./outfit-rules.ts";
import type { PlanLimits } from "./plan-limits.ts";

/** All that the writing of one outfit depends on. */
export interface OutfitContext {
  readonly brief: Brief;
  readonly lexicon: Lexicon;
  readonly rules: OutfitRules;
  readonly limits: PlanLimits;
  /** 0 ≤ n < 1; the same numbers for the same seed. */
  readonly random: () => number;
}
