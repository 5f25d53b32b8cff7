import type { Brief } from "./brief.ts";
import type { Profile } from "./form.ts";
import { formatAmount, formatBudget } from "./format-amount.ts";
import type { PromptText } from "./prompt-text.ts";
import { flattenText } from "./text.ts";

export interface PromptMessage {
  readonly role: "system" | "user";
  readonly content: string;
}

/** The two messages the local model is trained on and served; user text is flattened and capped. */
export function buildPromptMessages(brief: Brief, prompt: PromptText): PromptMessage[] {
  return [
    { role: "system", content: prompt.system },
    { role: "user", content: buildPromptLines(brief, prompt).join("\n") },
  ];
}

function buildPromptLines(brief: Brief, prompt: PromptText): string[] {
  const { labels, limits, any } = prompt;
  const brands = brief.brands.slice(0, limits.brands).map((brand) => flattenText(brand, limits.brand));
  const tags = (brief.profile.imageTags ?? [])
    .map((tag) => flattenText(tag, limits.tag))
    .filter((tag) => tag !== "")
    .slice(0, limits.tags);
  const lines: [label: string, value: string][] = [
    [labels.occasion, flattenText(brief.occasion, limits.occasion) || any],
    [labels.brands, brands.join(", ") || any],
    [labels.budget, formatBudget(brief.budget, any)],
    [labels.guidance, flattenText(brief.guidance, limits.guidance)],
    [labels.profile, describeProfile(brief)],
    [labels.imageTags, tags.join(", ")],
    [labels.outfits, brief.outfits > 1 ? String(brief.outfits) : ""],
  ];
  return lines.filter(([, value]) => value !== "").map(([label, value]) => `${label}: ${value}`);
}

/** "gender female, age 29, height 170 cm, weight 60 kg, locale en-US", known and plausible fields only. */
function describeProfile({ profile, gender }: Brief): string {
  const parts = [
    describeGender(profile, gender),
    describeNumber(profile.age, { name: "age", unit: "" }),
    describeNumber(profile.heightCm, { name: "height", unit: " cm" }),
    describeNumber(profile.weightKg, { name: "weight", unit: " kg" }),
    /^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$/.test(profile.locale ?? "") ? `locale ${profile.locale}` : "",
  ];
  return parts.filter((part) => part !== "").join(", ");
}

function describeGender(profile: Profile, gender: Brief["gender"]): string {
  if (gender === "women") return "gender female";
  if (gender === "men") return "gender male";
  const text = flattenText(profile.gender ?? "", 20)
    .toLowerCase()
    .replace(/[,:]/g, "");
  return text === "" ? "" : `gender ${text}`;
}

function describeNumber(value: number | undefined, as: { name: string; unit: string }): string {
  if (value === undefined || !(value > 0 && value <= 400)) return "";
  return `${as.name} ${formatAmount(Math.floor(value * 100 + 0.5) / 100)}${as.unit}`;
}
