/**
 * Published forms of credentials: OpenAI and Anthropic (`sk-`), Stripe, AWS, Google, GitHub, GitLab, Slack, npm,
 * Hugging Face, SendGrid, JSON Web Tokens, bearer headers and PEM private keys.
 */
const FORMS: readonly RegExp[] = [
  /\b(?:sk|pk|rk)[-_](?:[a-z]{2,10}[-_]){0,3}[A-Za-z0-9_-]{16,200}/g,
  /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g,
  /\bAIza[0-9A-Za-z_-]{35}/g,
  /\b(?:ghp|gho|ghu|ghs|ghr)_[A-Za-z0-9]{30,255}/g,
  /\bgithub_pat_[A-Za-z0-9_]{22,255}/g,
  /\bglpat-[A-Za-z0-9_-]{20,100}/g,
  /\bxox[abeoprs]-[A-Za-z0-9-]{10,250}/g,
  /\bnpm_[A-Za-z0-9]{30,60}/g,
  /\bhf_[A-Za-z0-9]{30,60}/g,
  /\bSG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{16,64}/g,
  /\beyJ[A-Za-z0-9_-]{8,2000}\.[A-Za-z0-9_-]{8,4000}\.[A-Za-z0-9_-]{8,2000}/g,
];
/** Goes on over the ends of its lines, and over their escapes in JSON. */
const PRIVATE_KEY =
  /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[A-Za-z0-9+/=\s\\nr]{16,8000}-----END [A-Z ]{0,30}PRIVATE KEY-----/g;
const BEARER = /\b(bearer +)[A-Za-z0-9._~+/=-]{16,4000}/gi;
/** None of the forms can be there without one of these. */
const MARKS =
  /[spr]k[-_]|A(?:KIA|SIA|Iza)|gh[pousr]_|github_pat_|glpat-|xox|npm_|hf_|SG\.|eyJ|PRIVATE KEY|[Bb][Ee][Aa][Rr][Ee][Rr] /;
/** What keys and tokens are written with. */
const KEY_LETTERS = createLetterTable(
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~+/=-",
);
/** No form but that of private keys does with fewer of them in a row, and words seldom have as many. */
const SHORTEST_RUN = 15;

/** Credentials of known forms become `[key]`. */
export function redactApiKeys(text: string): string {
  if (!mayHoldApiKeys(text)) return text;
  let redacted = redactPrivateKeys(text);
  for (const form of FORMS) redacted = redacted.replace(form, "[key]");
  return redacted.replace(BEARER, "$1[key]");
}

/** PEM private keys alone become `[key]`: the form that escapes of JSON do not end. */
export function redactPrivateKeys(text: string): string {
  return text.includes("PRIVATE KEY") ? text.replace(PRIVATE_KEY, "[key]") : text;
}

/** Costs a fraction of looking for the forms. */
export function mayHoldApiKeys(text: string): boolean {
  return (hasLongRun(text) || text.includes("PRIVATE KEY")) && MARKS.test(text);
}

/** Looks at every fifteenth letter, and around it only when that could be within a key. */
function hasLongRun(text: string): boolean {
  let start = 0;
  for (let end = SHORTEST_RUN - 1; end < text.length; end = start + SHORTEST_RUN - 1) {
    let place = end;
    while (place >= start && KEY_LETTERS[text.charCodeAt(place)] === 1) place -= 1;
    if (place < start) return true;
    start = place + 1;
  }
  return false;
}

function createLetterTable(letters: string): Uint8Array {
  const table = new Uint8Array(128);
  for (const letter of letters) table[letter.charCodeAt(0)] = 1;
  return table;
}
