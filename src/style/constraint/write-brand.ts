import type { ConstraintStep, FieldResult } from "../../providers/decoding-constraint.ts";
import { createChoiceGrammar } from "./grammars.ts";
import { writeField } from "./write-field.ts";

const QUOTE = '"';
/** A name and what follows it. */
const MAX_BRAND_TOKENS = 48;

export interface BrandChoice {
  readonly brands: readonly string[];
  /** Texts that may follow the brand's closing quote. */
  readonly endings: readonly string[];
}

/**
 * The model chooses the brand, from behind its opening quote, and in the same field what follows: the token that closes
 * the brand is mostly the one that tells. What leaves no choice is forced text. Returns the ending.
 */
export function* writeBrand({
  brands,
  endings,
}: BrandChoice): Generator<ConstraintStep, string, FieldResult> {
  const [brand = "", ...otherBrands] = brands;
  const [ending = "", ...otherEndings] = endings;
  const isOnlyBrand = otherBrands.length === 0;
  if (isOnlyBrand && otherEndings.length === 0) {
    yield { kind: "text", text: `${brand}${QUOTE}${ending}` };
    return ending;
  }
  if (isOnlyBrand) yield { kind: "text", text: brand };
  const isOpenEnded = otherEndings.length > 0;
  const stops = isOpenEnded ? endings.map((each) => `${QUOTE}${each}`) : [QUOTE];
  const { stop } = yield* writeField({
    field: {
      kind: "field",
      grammar: createChoiceGrammar(isOnlyBrand ? [] : brands, stops),
      stops,
      after: isOpenEnded ? "" : ending,
      maxTokens: MAX_BRAND_TOKENS,
    },
    maxRetries: 0,
    isGood: (text) => (isOnlyBrand ? text === "" : brands.includes(text)),
    repair: (text) =>
      isOnlyBrand ? "" : (brands.find((each) => text !== "" && each.startsWith(text)) ?? brand),
  });
  if (isOpenEnded) return stop.slice(QUOTE.length);
  yield { kind: "text", text: ending };
  return ending;
}
