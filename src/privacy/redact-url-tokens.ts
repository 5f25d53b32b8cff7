/** Query parameters that carry a secret or a signature in the URLs of common services. */
const SECRET_PARAMETER =
  /([?&;#](?:[a-z0-9_.-]{0,40}(?:token|secret|signature|password|passwd|api[_-]?key|access[_-]?key|credential)|key|sig|auth|code|pwd|jwt|session(?:id)?|sid)=)[^&;#\s"'\\<>]+/gi;
const USER_INFO = /(\b[a-z][a-z0-9+.-]{1,20}:\/\/)[^/\s"'\\@]{1,256}@/gi;

/** Secrets in URLs: `?token=abc` becomes `?token=[secret]`, `https://user:word@host` becomes `https://[secret]@host`. */
export function redactUrlTokens(text: string): string {
  if (!text.includes("://")) return text;
  return text.replace(USER_INFO, "$1[secret]@").replace(SECRET_PARAMETER, "$1[secret]");
}
