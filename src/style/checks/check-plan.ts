import type { Brief } from "../brief.ts";
import type { Lexicon } from "../load-lexicon.ts";
import { type LoosePlan, loosePlanSchema } from "../plan.ts";
import { readOutfit } from "../read-item.ts";
import { checkBrandKept } from "./brand-kept.ts";
import { checkBrandUsed } from "./brand-used.ts";
import { checkBudget } from "./budget.ts";
import type { Check } from "./check.ts";
import { checkComposition } from "./composition.ts";
import { checkGarment } from "./garment.ts";
import { checkGender } from "./gender.ts";
import { checkGuidance } from "./guidance.ts";
import { checkItemCount } from "./item-count.ts";
import { checkKeys } from "./keys.ts";
import { checkOccasion } from "./occasion.ts";
import { checkPrices } from "./prices.ts";
import { checkQueryForm } from "./query-form.ts";
import { checkSlots } from "./slots.ts";
import { checkTexts } from "./texts.ts";
import { checkWords } from "./words.ts";

/** Every hard check on an outfit, in the order of reports; `guidance` is last and counted apart. */
const CHECKS = {
  item_count: checkItemCount,
  prices: checkPrices,
  budget: checkBudget,
  brand_used: checkBrandUsed,
  brand_kept: checkBrandKept,
  garment: checkGarment,
  words: checkWords,
  composition: checkComposition,
  slots: checkSlots,
  gender: checkGender,
  query_form: checkQueryForm,
  occasion: checkOccasion,
  keys: checkKeys,
  texts: checkTexts,
  guidance: checkGuidance,
} as const satisfies Record<string, Check>;

type OutfitCheckName = keyof typeof CHECKS;
export type CheckName = "json" | "schema" | OutfitCheckName;

// Object.keys widens the literal keys of the table above.
const OUTFIT_CHECK_NAMES = Object.keys(CHECKS) as OutfitCheckName[];

/** Names of all hard checks in report order. */
export const CHECK_NAMES: readonly CheckName[] = ["json", "schema", ...OUTFIT_CHECK_NAMES];

/** A check's outcome; `reason` tells the first outfit and item that fail. */
export interface CheckVerdict {
  readonly name: CheckName;
  readonly ok: boolean;
  readonly reason?: string;
}

/** Judges a parsed plan: `schema` and every outfit check, in order. A plan that breaks the schema fails them all. */
export function checkPlan(plan: unknown, brief: Brief, lexicon: Lexicon): CheckVerdict[] {
  const parsed = loosePlanSchema.safeParse(plan);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const reason = `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "not a plan"}`;
    return [{ name: "schema", ok: false, reason }, ...failAll("no plan to check")];
  }
  return [{ name: "schema", ok: true }, ...checkOutfits({ plan: parsed.data, brief }, lexicon)];
}

/** Do all hard checks pass? `guidance` is counted apart and only asked for with `withGuidance`. */
export function passesChecks(verdicts: readonly CheckVerdict[], { withGuidance = false } = {}): boolean {
  return verdicts.every((verdict) => verdict.ok || (verdict.name === "guidance" && !withGuidance));
}

function checkOutfits(input: { plan: LoosePlan; brief: Brief }, lexicon: Lexicon): CheckVerdict[] {
  const outfits = input.plan.outfits.map((outfit) => readOutfit(outfit, lexicon));
  return OUTFIT_CHECK_NAMES.map((name): CheckVerdict => {
    for (const [index, outfit] of outfits.entries()) {
      const reason = CHECKS[name]({ outfit, brief: input.brief, lexicon });
      if (reason !== null) return { name, ok: false, reason: `outfit ${index + 1}: ${reason}` };
    }
    return { name, ok: true };
  });
}

/** The verdicts on an answer that holds no plan. */
export function failAll(reason: string): CheckVerdict[] {
  return OUTFIT_CHECK_NAMES.map((name) => ({ name, ok: false, reason }));
}
