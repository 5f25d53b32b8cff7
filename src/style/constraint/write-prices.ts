import type { ConstraintStep, FieldResult } from "../../providers/decoding-constraint.ts";
import type { PriceForm } from "./plan-limits.ts";
import type { PriceOffer } from "./purse.ts";
import { createLiteral, createTextsExpression } from "./text-grammar.ts";
import { writeField } from "./write-field.ts";

/** No price has more characters. */
const MAX_PRICE_TOKENS = 16;

/** The model writes both prices of an item, from among those on offer. Begins behind `head`; returns `max` in cents. */
export function* writePrices(
  offer: PriceOffer,
  place: { readonly head: string; readonly priceForm: PriceForm },
): Generator<ConstraintStep, number, FieldResult> {
  const quote = place.priceForm === "string" ? '"' : "";
  const beforeMax = `,"max":${quote}`;
  yield { kind: "text", text: `${place.head},"min":${quote}` };
  const min = yield* writePrice(offer.minima, { quote, after: beforeMax });
  return yield* writePrice(offer.listMaxima(min), { quote, after: `,"brand":"` });
}

/** From behind the opening quote to the end of `after`. A number in JSON ends with the comma that begins `after`. */
function* writePrice(
  prices: readonly number[],
  { quote, after }: { readonly quote: string; readonly after: string },
): Generator<ConstraintStep, number, FieldResult> {
  const byText = new Map(prices.map((cents) => [formatCents(cents), cents]));
  const texts = [...byText.keys()];
  const [first = ""] = texts;
  const stop = quote === "" ? "," : quote;
  const rest = quote === "" ? after.slice(stop.length) : after;
  if (texts.length === 1) {
    yield { kind: "text", text: `${first}${quote}${after}` };
    return byText.get(first) ?? 0;
  }
  const { text } = yield* writeField({
    field: {
      kind: "field",
      grammar: `root ::= ${createTextsExpression(texts)} ${createLiteral(stop)}`,
      stops: [stop],
      after: rest,
      maxTokens: MAX_PRICE_TOKENS,
    },
    maxRetries: 0,
    isGood: (price) => byText.has(price),
    repair: (price) => texts.find((each) => each.startsWith(price)) ?? first,
  });
  yield { kind: "text", text: rest };
  return byText.get(text) ?? 0;
}

function formatCents(cents: number): string {
  return cents % 100 === 0 ? String(cents / 100) : (cents / 100).toFixed(2);
}
