import { redactApiKeys } from "./redact-api-keys.ts";
import { redactEmails } from "./redact-emails.ts";
import { redactIbans } from "./redact-ibans.ts";
import { redactNumbers } from "./redact-numbers.ts";
import { redactUrlTokens } from "./redact-url-tokens.ts";

/** Changes with the rules; stored with every row whose content went through them. */
export const REDACTION_VERSION = "redaction-1";

/** Nothing that is looked for is shorter: `a@b.cc`. */
const SHORTEST = 6;

/**
 * A text without what names or endangers a person: e-mail addresses, phone numbers, card numbers, IBANs, secrets in
 * URLs, and API keys, each replaced by its kind in brackets. Nothing that is taken out can be put back.
 *
 * Also takes JSON as text: no match spans a quote or a backslash, so what was valid JSON stays valid.
 * Keys go first and plain numbers last: the digits of a key would pass for a phone number.
 */
export function redactText(text: string): string {
  if (text.length < SHORTEST) return text;
  return redactNumbers(redactIbans(redactEmails(redactUrlTokens(redactApiKeys(text)))));
}
