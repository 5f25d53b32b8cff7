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
  /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[A-Za-z0-9+/=\s\\nr]{16,8000}-----END [A-Z ]{0,30}PRIVATE KEY-----/g,
];
const BEARER = /\b(bearer +)[A-Za-z0-9._~+/=-]{16,4000}/gi;
/** None of the forms can be there without one of these. Looking for plain text costs a fraction of an expression. */
const MARKS = [
  ...[
    "sk-",
    "sk_",
    "pk-",
    "pk_",
    "rk-",
    "rk_",
    "AKIA",
    "ASIA",
    "AIza",
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
  ],
  ...["github_pat_", "glpat-", "xox", "npm_", "hf_", "SG.", "eyJ", "PRIVATE KEY", "earer ", "EARER "],
];

/** Credentials of known forms become `[key]`. */
export function redactApiKeys(text: string): string {
  if (!MARKS.some((mark) => text.includes(mark))) return text;
  let redacted = text;
  for (const form of FORMS) redacted = redacted.replace(form, "[key]");
  return redacted.replace(BEARER, "$1[key]");
}
