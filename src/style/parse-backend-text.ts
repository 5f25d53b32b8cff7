import type { Form, Profile } from "./form.ts";

type Section = "occasion" | "brands" | "budget" | "guidance" | "profile" | "imageTags";

/** Line starts, loosely: spelling of the labels may drift, a bracketed remark may stand before the colon. */
const SECTION_STARTS: readonly (readonly [Section, RegExp])[] = [
  ["occasion", /^\s*(?:the user is )?preparing for\s*:/i],
  ["brands", /^\s*preferred brands?\s*:/i],
  ["budget", /^\s*budget\s*(?:\([^)\n]*\))?\s*:/i],
  ["guidance", /^\s*extra guidance\s*:/i],
  ["profile", /^\s*profile\s*:(?=\s*(?:gender|age|height_cm|weight_kg|locale|preferred_units)\s*:)/i],
  ["imageTags", /^\s*image tags\s*:/i],
];

/** The closing sentence asks for outfits and their items or queries; its wording may change. */
const CLOSING = /\boutfits?\b[\s\S]*\b(?:items?|quer(?:y|ies)|json)\b/i;
const CLOSING_VERB =
  /^\s*(?:please\s+)?(?:suggest|return|give|create|generate|provide|respond|reply|propose|produce|recommend|build|answer|write|come up|output|design|make|i (?:need|want)|we need)\b/i;

const PROFILE_FIELD = /(?:^|,\s*)(gender|age|height_cm|weight_kg|locale|preferred_units)\s*:\s*/gi;

/**
 * Reads the backend's text part back into the form it was built from; null when the text is no stylist brief.
 * Lines may come in any order and optional ones may be missing. A value may hold dots, colons and line feeds; it
 * ends where the next known line starts.
 */
export function parseBackendText(text: string): { form: Form; profile: Profile } | null {
  const sections = splitSections(text);
  const occasion = sections.get("occasion");
  if (occasion === undefined || (!sections.has("brands") && !sections.has("budget"))) return null;
  const brands = sections.get("brands") ?? "";
  const form: Form = {
    preparing_for: occasion,
    preferred_brand: /^any$/i.test(brands) ? "" : brands,
    budget: sections.get("budget") ?? "",
    description: sections.get("guidance") ?? "",
  };
  const profile = parseProfile(sections.get("profile") ?? "");
  const tags = (sections.get("imageTags") ?? "").split(",").map((tag) => tag.trim());
  const imageTags = tags.filter((tag) => tag !== "");
  return { form, profile: imageTags.length > 0 ? { ...profile, imageTags } : profile };
}

/** The first line of each kind wins: a label typed inside a later free text does not replace the real one. */
function splitSections(text: string): Map<Section, string> {
  const lines = text.replace(/\r\n?/g, "\n").split("\n");
  const values = new Map<Section, string[]>();
  let current: string[] | null = null;
  for (const line of dropClosing(lines)) {
    const start = SECTION_STARTS.find(([section, pattern]) => !values.has(section) && pattern.test(line));
    if (start) {
      current = [line.replace(start[1], "")];
      values.set(start[0], current);
    } else {
      current?.push(line);
    }
  }
  return new Map([...values].map(([section, parts]) => [section, trimValue(parts.join("\n"))]));
}

/** Cuts the closing sentence: the last paragraph lines that ask for outfits, never a line with a label. */
function dropClosing(lines: readonly string[]): readonly string[] {
  const lastLabel = lines.findLastIndex((line) => SECTION_STARTS.some(([, pattern]) => pattern.test(line)));
  for (let index = lastLabel + 1; index < lines.length; index++) {
    const rest = lines.slice(index).join("\n");
    if (CLOSING.test(rest) && (CLOSING_VERB.test(rest) || index === lines.length - 1))
      return lines.slice(0, index);
  }
  return lines;
}

/** The backend ends every value with one full stop of its own. */
function trimValue(value: string): string {
  return value.trim().replace(/\.$/, "").trim();
}

function parseProfile(text: string): Profile {
  const profile: Profile = {};
  const matches = [...text.matchAll(PROFILE_FIELD)];
  for (const [index, match] of matches.entries()) {
    const value = text.slice(match.index + match[0].length, matches[index + 1]?.index ?? text.length).trim();
    setField(profile, { name: (match[1] ?? "").toLowerCase(), value });
  }
  return profile;
}

function setField(profile: Profile, field: { name: string; value: string }): void {
  const { name, value } = field;
  if (value === "") return;
  const number = Number(value);
  if (name === "gender") profile.gender = value;
  else if (name === "locale") profile.locale = value;
  else if (name === "preferred_units") profile.preferredUnits = value;
  else if (!Number.isFinite(number)) return;
  else if (name === "age") profile.age = number;
  else if (name === "height_cm") profile.heightCm = number;
  else if (name === "weight_kg") profile.weightKg = number;
}
