import { createHash } from "node:crypto";
import { foldText } from "../style/text.ts";
import type { Sample } from "./sample.ts";

/** First 96 bits of SHA-256 in base64url: 16 characters, no collision to expect below billions of samples. */
function hashText(text: string): string {
  return createHash("sha256").update(text).digest("base64url").slice(0, 16);
}

/** Equal for inputs that differ in letter case, accents, spacing or the order of profile fields only. */
export function hashInput({ form, profile }: Sample["input"]): string {
  const texts = [form.preparing_for, form.preferred_brand, form.budget, form.description].map(normaliseText);
  const facts = Object.entries(profile)
    .filter(([, value]) => value !== undefined)
    .sort(([one], [two]) => (one < two ? -1 : 1))
    .map(([name, value]) => [name, normaliseText(String(value))]);
  return hashText(JSON.stringify([texts, facts]));
}

export function hashPair(sample: Sample): string {
  return hashText(hashInput(sample.input) + JSON.stringify(sample.output));
}

function normaliseText(text: string): string {
  return foldText(text).replace(/\s+/g, " ").trim();
}
