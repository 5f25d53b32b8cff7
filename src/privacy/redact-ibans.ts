import { isValidIBAN } from "ibantools";

const IBAN = /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{2,4}){3,8}/gi;
/** Cheap to look for, and seldom there. */
const HINT = /[A-Za-z]{2}\d\d[ \dA-Za-z]/;
const SHORTEST_IBAN = 15;

/** IBANs whose check digits are right become `[iban]`. */
export function redactIbans(text: string): string {
  if (!HINT.test(text)) return text;
  const pattern = new RegExp(IBAN);
  let redacted = "";
  let position = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const end = findIbanEnd(match[0]);
    if (end === 0) continue;
    redacted += `${text.slice(position, match.index)}[iban]`;
    position = match.index + end;
    // The next one may begin within what was looked at.
    pattern.lastIndex = position;
  }
  return redacted + text.slice(position);
}

/** A word behind an IBAN may have been taken for its last group: the longest beginning that is one counts. */
function findIbanEnd(match: string): number {
  for (let end = match.length; end >= SHORTEST_IBAN; end--) {
    const compact = match.slice(0, end).replaceAll(" ", "").toUpperCase();
    if (compact.length < SHORTEST_IBAN) return 0;
    if (match[end - 1] !== " " && isValidIBAN(compact)) return end;
  }
  return 0;
}
