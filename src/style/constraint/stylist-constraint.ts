import type {
  ConstraintProgram,
  ConstraintStep,
  DecodingConstraint,
  FieldResult,
} from "../../providers/decoding-constraint.ts";
import type { Brief } from "../brief.ts";
import type { Lexicon } from "../load-lexicon.ts";
import { buildPromptMessages } from "../prompt.ts";
import type { OutfitContext } from "./outfit-context.ts";
import { createOutfitRules } from "./outfit-rules.ts";
import { pickItemCount, writeOutfit } from "./write-outfit.ts";

/** Changes with the constraint's rules, so that stored inferences tell which ones they were written under. */
const CONSTRAINT_VERSION = "constraint-1";

const OPENING = `{"outfits":[{"looks":"`;
const NEXT_OUTFIT = `}]},{"looks":"`;
const CLOSING = "}]}]}";

export interface StylistConstraintOptions {
  readonly brief: Brief;
  readonly lexicon: Lexicon;
  /** 0 ≤ n < 1; decides item counts, prices within their room and repairs. */
  readonly random: () => number;
  /** How `min` and `max` are written; the contract takes both, the model was trained on strings. */
  readonly priceForm: "string" | "number";
}

/**
 * Steers the local model through one plan: it writes the texts, the queries and the brands, the program everything
 * that can be derived from them. A plan written to the end passes every hard check; of the guidance what can be kept
 * together with the dress code.
 */
export function createStylistConstraint(options: StylistConstraintOptions): DecodingConstraint {
  const { brief, lexicon } = options;
  return {
    name: "stylist-plan",
    promptVersion: `${lexicon.prompt.promptVersion}+${CONSTRAINT_VERSION}`,
    messages: buildPromptMessages(brief, lexicon.prompt),
    start: () => startProgram(options),
  };
}

function startProgram({ brief, lexicon, random, priceForm }: StylistConstraintOptions): ConstraintProgram {
  const steps = writePlan({ brief, lexicon, random, rules: createOutfitRules(brief, lexicon) }, priceForm);
  const interventions = { retries: 0, replacements: 0 };
  return {
    interventions,
    next(field) {
      const { value, done } = steps.next(field);
      if (done || !value) return { kind: "done" };
      if (value.kind === "retry") interventions.retries++;
      if (value.kind === "replace") interventions.replacements++;
      return value;
    },
  };
}

function* writePlan(
  context: Omit<OutfitContext, "wanted">,
  priceForm: "string" | "number",
): Generator<ConstraintStep, void, FieldResult> {
  yield { kind: "text", text: OPENING };
  for (let outfit = 1; outfit <= context.brief.outfits; outfit++) {
    const ending = outfit < context.brief.outfits ? NEXT_OUTFIT : CLOSING;
    yield* writeOutfit({ ...context, wanted: pickItemCount(context) }, { priceForm, ending });
  }
}
