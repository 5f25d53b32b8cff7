import { decodeEscapes, splitAtEscapes } from "./json-escapes.ts";
import { hasPrivateSigns } from "./private-signs.ts";
import { redactApiKeys, redactPrivateKeys } from "./redact-api-keys.ts";
import { redactEmails } from "./redact-emails.ts";
import { redactIbans } from "./redact-ibans.ts";
import { redactJsonNumbers, redactNumbers } from "./redact-numbers.ts";
import { redactUrlTokens } from "./redact-url-tokens.ts";

/** Changes with the rules; stored with every row whose content went through them. */
export const REDACTION_VERSION = "redaction-2";

/** Nothing that is looked for is shorter: `a@b.cc`. */
const SHORTEST = 6;

/**
 * A text without what names or endangers a person: e-mail addresses, phone numbers, card numbers, IBANs, secrets in
 * URLs, and API keys, each replaced by its kind in brackets. Nothing that is taken out can be put back.
 *
 * Also takes JSON as text, as answers are: what its strings stand for is looked at, and they stay strings.
 */
export function redactText(text: string): string {
  if (text.length < SHORTEST) return text;
  const readable = decodeEscapes(text);
  if (!hasPrivateSigns(readable)) return text;
  const given = /^\s*[{[]/.test(readable) ? redactJsonNumbers(readable) : readable;
  const redacted = given.includes("\\") ? redactBetweenEscapes(given) : redactPlain(given);
  return redacted === readable ? text : redacted;
}

/** A line's end is written `\n` in JSON: the `n` is no part of the address or key (`npm_…`) that follows. */
function redactBetweenEscapes(text: string): string {
  // As a whole for nothing but what goes on over the ends of lines.
  const pieces = splitAtEscapes(redactPrivateKeys(text));
  return pieces.map((piece) => (piece.startsWith("\\") ? piece : redactPlain(piece))).join("");
}

/** Keys go first and plain numbers last: the digits of a key would pass for a phone number. */
function redactPlain(text: string): string {
  return redactNumbers(redactIbans(redactEmails(redactUrlTokens(redactApiKeys(text)))));
}
