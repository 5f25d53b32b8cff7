import { expect, it } from "vitest";
import { createChoiceGrammar } from "../../../src/style/constraint/grammars.ts";
import { pickBrands } from "../../../src/style/constraint/pick-brands.ts";
import { loadLexicon } from "../../../src/style/load-lexicon.ts";
import { parseBrief } from "../../../src/style/parse-brief.ts";
import { listTexts } from "./list-texts.ts";

const lexicon = loadLexicon("data/style");

function createBrief(gender: string, brands = "") {
  const form = { preparing_for: "office", preferred_brand: brands, budget: "300", description: "" };
  return parseBrief({ form, profile: { gender } }, lexicon);
}

function pick(name: string, options: { maxCents?: number; gender?: string; brands?: string } = {}) {
  const garment = lexicon.garments.find((each) => each.name === name);
  if (!garment) throw new Error(`no ${name}`);
  const { maxCents = 6000, gender = "female", brands } = options;
  return pickBrands({ garment, maxCents }, { brief: createBrief(gender, brands), lexicon });
}

it("offers every brand of the lexicon for something, when the brief names none", () => {
  const offered = new Set<string>();
  for (const gender of ["female", "male"]) {
    const brief = createBrief(gender);
    for (const garment of lexicon.garments) {
      for (const maxCents of [500, 4_000, 12_000, 50_000, 500_000]) {
        for (const name of pickBrands({ garment, maxCents }, { brief, lexicon })) offered.add(name);
      }
    }
  }
  expect(lexicon.brands.map(({ name }) => name).filter((name) => !offered.has(name))).toEqual([]);
});

it("offers all shops that fit the item, the last of the lexicon too", () => {
  const offered = pick("blouse");
  const tiers = [1, 2, 3];
  const fitting = lexicon.brands.filter(
    ({ types, genders, tier, traits }) =>
      types.includes("top") &&
      genders.includes("women") &&
      tiers.includes(tier) &&
      !traits.includes("sport") &&
      !traits.includes("outdoor"),
  );
  expect(fitting.length).toBeGreaterThan(100);
  expect(offered).toEqual(fitting.map(({ name }) => name));
});

it("leaves the model each of them, and nothing else", () => {
  const brands = pick("blouse");
  const alphabet = [...new Set(brands.join(""))].join("");
  const texts = listTexts(createChoiceGrammar(brands, ['"', '"}']), "root", `${alphabet}"}`);
  expect(texts.sort()).toEqual(brands.flatMap((name) => [`${name}"`, `${name}"}`]).sort());
});

it("keeps to the brief's own brands, those that sell such an item if any does", () => {
  expect(pick("blouse", { brands: "Zara, Nike, My Tailor" })).toContain("my tailor");
  expect(pick("blouse", { brands: "Zara, My Tailor" })).toEqual(["zara", "my tailor"]);
  const noTops = lexicon.brands.find(({ types }) => !types.includes("top"));
  expect(noTops).toBeDefined();
  const name = noTops?.name ?? "";
  expect(pick("blouse", { brands: `Zara, ${name}` })).toEqual(["zara"]);
  expect(pick("blouse", { brands: name })).toEqual([name]);
});
