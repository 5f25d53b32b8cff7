import type {
  ConstraintProgram,
  ConstraintStep,
  DecodingConstraint,
  FieldResult,
} from "../../providers/decoding-constraint.ts";
import type { Brief } from "../brief.ts";
import type { Lexicon } from "../load-lexicon.ts";
import { buildPromptMessages } from "../prompt.ts";
import { createSeededRandom } from "../seeded-random.ts";
import type { OutfitContext } from "./outfit-context.ts";
import { createOutfitRules } from "./outfit-rules.ts";
import { NO_LIMITS, type PlanLimits } from "./plan-limits.ts";
import { writeOutfit } from "./write-outfit.ts";

/** Changes with the constraint's rules, so that stored inferences tell which ones they were written under. */
const CONSTRAINT_VERSION = "constraint-4";

const OPENING = `{"outfits":[{"looks":"`;
const NEXT_OUTFIT = `}]},{"looks":"`;
const CLOSING = "}]}]}";

export interface StylistConstraintOptions {
  readonly brief: Brief;
  readonly lexicon: Lexicon;
  readonly limits?: PlanLimits;
}

/**
 * Steers the local model through one plan: it writes the texts, the queries, the prices and the brands, and ends each
 * outfit; the program keeps that inside what is left, and writes what follows from it. A plan written to the end passes
 * every hard check; of the guidance what can be kept together with the dress code. Null when the limits leave no outfit.
 */
export function createStylistConstraint(options: StylistConstraintOptions): DecodingConstraint | null {
  const { brief, lexicon, limits = NO_LIMITS } = options;
  const rules = createOutfitRules({ brief, limits }, lexicon);
  if (rules === null) return null;
  return {
    name: "stylist-plan",
    promptVersion: `${lexicon.prompt.promptVersion}+${CONSTRAINT_VERSION}`,
    messages: buildPromptMessages(brief, lexicon.prompt),
    start: (seed) => startProgram({ brief, lexicon, limits, rules, random: createSeededRandom(seed) }),
  };
}

function startProgram(context: OutfitContext): ConstraintProgram {
  const steps = writePlan(context);
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

function* writePlan(context: OutfitContext): Generator<ConstraintStep, void, FieldResult> {
  yield { kind: "text", text: OPENING };
  for (let outfit = 1; outfit <= context.brief.outfits; outfit++) {
    yield* writeOutfit(context, outfit < context.brief.outfits ? NEXT_OUTFIT : CLOSING);
  }
}
