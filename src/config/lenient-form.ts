import { type Form, formSchema, type Profile, profileSchema } from "../style/form.ts";

/**
 * A form and profile as callers really send them: numbers for texts, texts for numbers, lists for comma-separated
 * texts, nulls for nothing. What cannot be read is left out; nothing here throws.
 */
export function parseLenientForm(value: unknown): Form {
  const fields = readFields(value);
  return formSchema.parse({
    ...fields,
    preparing_for: readText(fields.preparing_for) ?? "",
    preferred_brand: readText(fields.preferred_brand) ?? "",
    budget: readText(fields.budget) ?? "",
    description: readText(fields.description) ?? "",
  });
}

export function parseLenientProfile(value: unknown): Profile {
  const fields = readFields(value);
  return profileSchema.parse({
    ...fields,
    gender: readText(fields.gender),
    age: readNumber(fields.age),
    heightCm: readNumber(fields.heightCm),
    weightKg: readNumber(fields.weightKg),
    locale: readText(fields.locale),
    preferredUnits: readText(fields.preferredUnits),
    profileImageUrl: readText(fields.profileImageUrl),
    imageTags: readList(fields.imageTags),
  });
}

function readFields(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function readText(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value === "number") return String(value);
  if (Array.isArray(value)) return value.flatMap((part) => readText(part) ?? []).join(", ");
  return undefined;
}

function readNumber(value: unknown): number | undefined {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}

function readList(value: unknown): string[] | undefined {
  const list = typeof value === "string" ? value.split(",") : value;
  if (!Array.isArray(list)) return undefined;
  return list.flatMap((part) => readText(part)?.trim() || []);
}
