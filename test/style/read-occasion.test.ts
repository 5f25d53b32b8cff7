import { describe, expect, it } from "vitest";
import { loadLexicon } from "../../src/style/load-lexicon.ts";
import { readItem } from "../../src/style/read-item.ts";
import { readOccasion } from "../../src/style/read-occasion.ts";

const lexicon = loadLexicon("data/style");

function rulesOf(occasion: string): string[] {
  const { rules } = readOccasion({ occasion, guidance: "", gender: "women" }, lexicon);
  return rules.map((rule) => rule.name).filter((name) => !name.startsWith("formality"));
}

describe("readOccasion", () => {
  it.each([
    ["my sister's wedding", ["dressy"]],
    ["wedding guest, black tie", ["black-tie"]],
    ["beach wedding in Bali", ["dressy", "heat"]],
    ["dinner on the beach", ["dressy", "heat"]],
    ["hiking in the Alps in winter", ["outdoor", "sport", "walking", "cold"]],
    ["winter holiday", ["casual", "cold"]],
    ["zxqv", []],
    ["", []],
  ])("reads the dress codes of %j", (occasion, rules) => {
    expect(rulesOf(occasion)).toEqual(rules);
  });

  it("excuses what the guidance asks for by name", () => {
    const item = readItem(
      { query: "white sneakers", key: "", type: "shoes", min: 1, max: 2, brand: "" },
      lexicon,
    );
    const brief = { occasion: "wedding", gender: "women" as const };
    expect(readOccasion({ ...brief, guidance: "with sneakers" }, lexicon).isWished(item)).toBe(true);
    expect(readOccasion({ ...brief, guidance: "" }, lexicon).isWished(item)).toBe(false);
  });
});
