import type { Brief } from "../brief.ts";
import type { Lexicon } from "../load-lexicon.ts";
import type { ReadOutfit } from "../read-item.ts";

/** One outfit and all that it is judged by. */
interface CheckContext {
  readonly outfit: ReadOutfit;
  readonly brief: Brief;
  readonly lexicon: Lexicon;
}

/** Why the outfit fails, in words for a log or report; null when it passes. */
export type Check = (context: CheckContext) => string | null;
