import { describeImageUrl } from "./describe-image-url.ts";
import { hasPrivateSigns } from "./private-signs.ts";
import { redactText } from "./redact-text.ts";

/** From here on a number may be a card's. */
const LOWEST_CARD = 1e12;

export interface JsonRedaction {
  /** Texts go through `redactText`, keys too: what a caller names a field can be private as well. */
  readonly redactsTexts: boolean;
}

/**
 * JSON as `JSON.stringify` writes it, without pictures and, if asked, without what is private in its texts. Logs keep
 * of a picture its hash and size. Most JSON has neither and is only looked through, not parsed.
 */
export function redactJson(json: string, { redactsTexts }: JsonRedaction): string {
  const hasPictures = json.includes('"data:image/');
  if (!hasPictures && !(redactsTexts && mayBePrivate(json))) return json;
  return JSON.stringify(redactValue(JSON.parse(json), { redactsTexts }));
}

/** Escapes may hide what is looked for. */
function mayBePrivate(json: string): boolean {
  return json.includes("\\u") || json.includes("\\/") || hasPrivateSigns(json);
}

/** The same of a JSON value. */
export function redactValue(value: unknown, options: JsonRedaction): unknown {
  const redact = options.redactsTexts ? redactText : (text: string) => text;
  const visit = (inner: unknown): unknown => {
    if (typeof inner === "string") return describeImageUrl(inner) ?? redact(inner);
    if (typeof inner === "number") return redactNumber(inner, redact);
    if (Array.isArray(inner)) return inner.map(visit);
    if (typeof inner !== "object" || inner === null) return inner;
    return Object.fromEntries(Object.entries(inner).map(([key, member]) => [redact(key), visit(member)]));
  };
  return visit(value);
}

function redactNumber(number: number, redact: (text: string) => string): number | string {
  if (number < LOWEST_CARD || !Number.isSafeInteger(number)) return number;
  const text = String(number);
  const redacted = redact(text);
  return redacted === text ? number : redacted;
}
