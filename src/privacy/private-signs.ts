import { mayHoldApiKeys } from "./redact-api-keys.ts";

/** Every IBAN has this in it. */
const IBAN_SIGN = /[A-Z]{2}\d\d[ \dA-Z]/i;
/** Every phone number and every card has the first in it, and the second, whatever escape of JSON stands before it. */
const DIGITS = /\d[\d ().\u00a0/-]{5}/;
const NUMBER_SIGN = /(?<![\p{N}$€£¥.,-])[+(]?\d[\d ().\u00a0/-]{5,120}\d(?![\p{L}\p{N}%€]|[.,-]\d)|\d{13}/u;

/**
 * False when nothing that is private by its form can be in a text, or in JSON of `JSON.stringify` that holds it. Reads
 * the text a few times at the pace of memory, where looking for every form costs ten times as much; most texts end here.
 */
export function hasPrivateSigns(text: string): boolean {
  return (
    text.includes("@") ||
    text.includes("://") ||
    (DIGITS.test(text) && NUMBER_SIGN.test(text)) ||
    IBAN_SIGN.test(text) ||
    mayHoldApiKeys(text)
  );
}
