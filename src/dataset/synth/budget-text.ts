import type { Chooser } from "./random.ts";

/** Rough units of a currency for one US dollar, and how people write it. */
const CURRENCIES = [
  { code: "USD", rate: 1, weight: 44, signs: ["$", "$", "$"], words: ["usd", "dollars", "USD", "bucks"] },
  { code: "EUR", rate: 0.9, weight: 16, signs: ["€"], words: ["EUR", "euros", "€", "eur"] },
  { code: "GBP", rate: 0.8, weight: 13, signs: ["£"], words: ["GBP", "pounds", "quid"] },
  { code: "INR", rate: 83, weight: 7, signs: ["₹", "Rs ", "Rs. "], words: ["INR", "rupees", "rs"] },
  { code: "AED", rate: 3.7, weight: 4, signs: ["AED ", "Dhs "], words: ["AED", "dirhams"] },
  { code: "AUD", rate: 1.5, weight: 3, signs: ["A$", "AUD "], words: ["AUD"] },
  { code: "CAD", rate: 1.4, weight: 3, signs: ["C$", "CAD "], words: ["CAD"] },
  { code: "JPY", rate: 150, weight: 2, signs: ["¥"], words: ["yen", "JPY"] },
  { code: "SGD", rate: 1.3, weight: 1, signs: ["S$"], words: ["SGD"] },
  { code: "CHF", rate: 0.9, weight: 2, signs: ["CHF "], words: ["CHF", "francs"] },
  { code: "SEK", rate: 10, weight: 1, signs: ["SEK "], words: ["SEK", "kronor"] },
  { code: "PLN", rate: 4, weight: 1, signs: ["PLN "], words: ["zł", "PLN"] },
  { code: "ZAR", rate: 18, weight: 1, signs: ["ZAR "], words: ["rand"] },
  { code: "PKR", rate: 280, weight: 1, signs: ["PKR "], words: ["PKR"] },
  { code: "NGN", rate: 1500, weight: 1, signs: ["₦"], words: ["naira"] },
  { code: "MXN", rate: 18, weight: 1, signs: ["MXN "], words: ["pesos"] },
] as const;

type Currency = (typeof CURRENCIES)[number];

const NO_BUDGET = [
  "",
  "",
  "",
  "no limit",
  "any",
  "flexible",
  "no budget",
  "open",
  "not sure",
  "whatever it takes",
];

export interface BudgetText {
  readonly text: string;
  /** Units of the budget's currency for one US dollar; 1 when none is known. */
  readonly rate: number;
}

/** A budget as users type it, in one of many forms; `typicalUsd` is what the outfit usually costs. */
export function writeBudget(typicalUsd: number, chooser: Chooser): BudgetText {
  if (chooser.chance(0.11)) return { text: chooser.pick(NO_BUDGET), rate: 1 };
  const currency = chooser.weighted(CURRENCIES, ({ weight }) => weight) ?? CURRENCIES[0];
  const amount = niceAmount(typicalUsd * currency.rate * Math.exp(chooser.between(-0.75, 0.8)));
  const low = niceAmount(amount * chooser.between(0.45, 0.85));
  return { text: writeForm({ amount, low, currency }, chooser), rate: currency.rate };
}

function writeForm(value: { amount: number; low: number; currency: Currency }, chooser: Chooser): string {
  const { amount, low, currency } = value;
  const sign = chooser.pick(currency.signs);
  const word = chooser.pick(currency.words);
  const group = (number: number) => (chooser.chance(0.5) ? number.toLocaleString("en-US") : String(number));
  const forms: (() => string)[] = [
    () => `${sign}${low}-${amount}`,
    () => `${sign}${group(amount)}`,
    () => `${group(amount)} ${word}`,
    () => `under ${sign}${group(amount)}`,
    () => `${low} to ${amount} ${word}`,
    () => `around ${amount} ${word}`,
    () => `between ${sign}${low} and ${sign}${amount}`,
    () => `up to ${amount} ${word}`,
    () => `max ${group(amount)} ${word}`,
    () => `~${sign}${amount}`,
    () => `${sign}${low} - ${sign}${amount}`,
    () => `less than ${amount} ${word}`,
    () => `${low}-${amount} ${word}`,
    () => `about ${sign}${group(amount)}`,
    () => `${amount}${word} max`,
    () => `my budget is ${sign}${amount}`,
    () => `${sign}${group(amount)} total`,
  ];
  if (currency.code === "USD") {
    forms.push(
      () => String(amount),
      () => `${low}-${amount}`,
      () => `under ${amount}`,
      () => `${low} to ${amount}`,
    );
  }
  if (currency.code === "EUR")
    forms.push(
      () => `${amount.toLocaleString("de-DE")},50 €`,
      () => `bis ${amount} €`,
    );
  return chooser.pick(forms)();
}

/** Rounded the way people name money: 1, 5, 10, 25, 50, 100 … by size. */
function niceAmount(value: number): number {
  const step =
    value < 60 ? 5 : value < 200 ? 10 : value < 600 ? 25 : 10 ** Math.floor(Math.log10(value)) / 10;
  return Math.max(step, Math.round(value / step) * step);
}
