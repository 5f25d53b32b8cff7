import { parseBrands } from "./brands.ts";
import type { Brief } from "./brief.ts";
import type { Form, Profile } from "./form.ts";
import { parseGender } from "./gender.ts";
import type { Lexicon } from "./load-lexicon.ts";
import { parseBudget } from "./parse-budget.ts";
import { MAX_OUTFITS } from "./plan.ts";

/** A form and profile understood; `outfits` (default 1) is held within 1 to 5. Never throws on odd texts. */
export function parseBrief(
  request: { form: Form; profile?: Profile | undefined; outfits?: number | undefined },
  lexicon: Lexicon,
): Brief {
  const { form, profile = {}, outfits = 1 } = request;
  return {
    form,
    profile,
    occasion: form.preparing_for.trim(),
    brands: parseBrands(form.preferred_brand, lexicon),
    budget: parseBudget(form.budget),
    guidance: form.description.trim(),
    gender: parseGender(profile.gender),
    outfits: Math.min(MAX_OUTFITS, Math.max(1, Math.trunc(outfits) || 1)),
  };
}
