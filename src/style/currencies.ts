/** Signs and words that tell a currency, most specific first; each is a whole token in folded text. */
const CURRENCY_PATTERNS: readonly (readonly [code: string, pattern: string])[] = [
  ["AUD", "aud|au ?\\$|a\\$|australian dollars?"],
  ["CAD", "cad|ca ?\\$|c\\$|canadian dollars?"],
  ["NZD", "nzd|nz ?\\$"],
  ["HKD", "hkd|hk ?\\$"],
  ["SGD", "sgd|sg ?\\$|s\\$"],
  ["BRL", "brl|r\\$|reais|real(?= ?[0-9])|(?<=[0-9])real|(?<=[0-9] )real"],
  ["MXN", "mxn|mx ?\\$|pesos?"],
  ["USD", "usd|us ?\\$|us dollars?|\\$|dollars?|bucks?"],
  ["EUR", "eur|€|euros?"],
  ["GBP", "gbp|£|pounds?|quid|sterling"],
  ["JPY", "jpy|¥|yen"],
  ["CNY", "cny|rmb|yuan"],
  ["INR", "inr|₹|rs\\.?|rupees?"],
  ["KRW", "krw|₩|won(?= ?[0-9])|(?<=[0-9])won|(?<=[0-9] )won"],
  ["CHF", "chf|francs?|fr\\."],
  ["SEK", "sek|kronor"],
  ["NOK", "nok"],
  ["DKK", "dkk|kroner"],
  ["PLN", "pln|zl|zlotys?|złotych|zł"],
  ["CZK", "czk|kc"],
  ["TRY", "₺|tl|lira|try(?= ?[0-9])|(?<=[0-9])try|(?<=[0-9] )try"],
  ["RUB", "rub|₽|rubles?"],
  ["UAH", "uah|₴"],
  ["AED", "aed|dirhams?|dhs?"],
  ["SAR", "sar|riyals?"],
  ["ILS", "ils|₪|shekels?|nis"],
  ["NGN", "ngn|₦|naira"],
  ["ZAR", "zar|rands?"],
  ["PKR", "pkr"],
  ["PHP", "₱|php(?= ?[0-9])|(?<=[0-9])php|(?<=[0-9] )php"],
  ["THB", "thb|฿|baht"],
  ["VND", "vnd|₫|dong"],
  ["IDR", "idr|rp\\.?|rupiah"],
  ["MYR", "myr|rm|ringgit"],
];

const SOURCE = CURRENCY_PATTERNS.map(([, pattern]) => `(${pattern})`).join("|");

/** A currency sign or word beside a number, a space or the end; words never inside longer words. */
const CURRENCY = `(?<![a-zł])(?:${SOURCE})(?![a-zł])`;

/** The first currency named in a folded text as its ISO 4217 code, else null. */
export function findCurrency(text: string): string | null {
  const match = new RegExp(CURRENCY, "u").exec(text);
  if (!match) return null;
  const group = match.slice(1).findIndex((part) => part !== undefined);
  return CURRENCY_PATTERNS[group]?.[0] ?? null;
}

/** The text with every currency sign and word replaced by a space. */
export function dropCurrencies(text: string): string {
  return text.replace(new RegExp(CURRENCY, "gu"), " ");
}
