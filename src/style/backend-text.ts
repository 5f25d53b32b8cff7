import type { Form, Profile } from "./form.ts";

/** What the backend's text part starts each line with, in its order. */
const LABELS = {
  occasion: "The user is preparing for:",
  brands: "Preferred brands:",
  budget: "Budget (currency or range as entered):",
  guidance: "Extra guidance:",
  profile: "Profile:",
  imageTags: "Image tags:",
} as const;

const CLOSING =
  "Suggest one to five complete outfits with 3 to 6 items each; make every item a product search query that a shop would understand.";

/** Keys of the backend's profile line and where they live in `Profile`, in its order. */
const PROFILE_KEYS = [
  ["gender", "gender"],
  ["age", "age"],
  ["height_cm", "heightCm"],
  ["weight_kg", "weightKg"],
  ["locale", "locale"],
  ["preferred_units", "preferredUnits"],
] as const satisfies readonly (readonly [string, keyof Profile])[];

/** The text part of the backend's user message, exactly as it writes it: lines joined by a line feed. */
export function buildBackendText(form: Form, profile: Profile = {}): string {
  const fields = PROFILE_KEYS.filter(([, key]) => profile[key] !== undefined && profile[key] !== "").map(
    ([name, key]) => `${name}: ${profile[key]}`,
  );
  const lines = [
    `${LABELS.occasion} ${form.preparing_for}.`,
    `${LABELS.brands} ${form.preferred_brand || "any"}.`,
    `${LABELS.budget} ${form.budget}.`,
    form.description === "" ? "" : `${LABELS.guidance} ${form.description}.`,
    fields.length === 0 ? "" : `${LABELS.profile} ${fields.join(", ")}.`,
    profile.imageTags?.length ? `${LABELS.imageTags} ${profile.imageTags.join(", ")}.` : "",
    CLOSING,
  ];
  return lines.filter((line) => line !== "").join("\n");
}
