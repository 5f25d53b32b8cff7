import { beforeAll, describe, expect, it } from "vitest";
import { readSampleBrief } from "../../src/dataset/read-brief.ts";
import { type Sample, sampleSchema } from "../../src/dataset/sample.ts";
import { loadSynthKnowledge } from "../../src/dataset/synth/knowledge.ts";
import { synthesize } from "../../src/dataset/synth/synthesize.ts";
import { createSynthesizer } from "../../src/dataset/synth/synthesizer.ts";
import { checkPlan } from "../../src/style/checks/check-plan.ts";
import { loadLexicon } from "../../src/style/load-lexicon.ts";

const FOLDER = "data/style/synth";
const lexicon = loadLexicon("data/style");
const knowledge = loadSynthKnowledge(FOLDER);
const COUNT = 400;

describe("the synthetic generator", () => {
  let samples: Sample[] = [];

  beforeAll(() => {
    const lines = [...synthesize({ lexicon, folder: FOLDER, count: COUNT, seed: "test" })];
    samples = lines.map((line) => sampleSchema.parse(JSON.parse(line)));
  });

  it("writes the same sample for a seed and index, whatever was asked before", () => {
    const synthesizer = createSynthesizer({ lexicon, knowledge, seed: "test" });

    expect(synthesizer.create(37)).toEqual(samples[37]);
    expect(synthesizer.create(3)).toEqual(samples[3]);
  });

  it("writes other samples for another seed", () => {
    const other = createSynthesizer({ lexicon, knowledge, seed: "other" }).create(0);

    expect(other.input).not.toEqual(samples[0]?.input);
  });

  it("keeps every hard check, guidance included", () => {
    const failures = samples.flatMap((sample) =>
      checkPlan(sample.output, readSampleBrief(sample, lexicon), lexicon)
        .filter((verdict) => !verdict.ok)
        .map((verdict) => `${sample.id} ${verdict.name}: ${verdict.reason}`),
    );

    expect(failures).toEqual([]);
  });

  it("varies briefs and plans", () => {
    const forms = samples.map((sample) => sample.input.form);
    const items = samples.flatMap((sample) => sample.output.outfits.flatMap((outfit) => outfit.items));
    const shareOf = (values: readonly string[]) => new Set(values).size / values.length;

    expect(shareOf(forms.map((form) => form.preparing_for))).toBeGreaterThan(0.95);
    expect(shareOf(items.map((item) => item.query))).toBeGreaterThan(0.85);
    expect(new Set(items.map((item) => item.brand)).size).toBeGreaterThan(150);
    expect(new Set(samples.map((sample) => sample.groupKey?.split("|")[0])).size).toBeGreaterThan(90);
    expect(samples.some((sample) => sample.output.outfits.length > 1)).toBe(true);
  });

  it("leaves some of each field of the brief empty and fills the others", () => {
    for (const field of ["preferred_brand", "budget", "description"] as const) {
      const empty = samples.filter((sample) => sample.input.form[field] === "").length / COUNT;
      expect(empty).toBeGreaterThan(0.005);
      expect(empty).toBeLessThan(0.45);
    }
    expect(samples.some((sample) => sample.input.profile.gender === undefined)).toBe(true);
  });

  it("spends most of a budget and never more", () => {
    for (const sample of samples) {
      const { budget } = readSampleBrief(sample, lexicon);
      if (!budget) continue;
      for (const { items } of sample.output.outfits) {
        const sum = items.reduce((total, item) => total + Number(item.max), 0);
        expect(sum).toBeLessThanOrEqual(budget.max);
        expect(sum).toBeGreaterThanOrEqual(0.68 * budget.max);
      }
    }
  });

  it("keeps to the guidance of a wish that a word tells", () => {
    const vegan = samples.filter((sample) =>
      /vegan|no leather|without leather/i.test(sample.input.form.description),
    );
    const black = samples.filter((sample) => /all black|black only/i.test(sample.input.form.description));
    const queries = (sample: Sample) =>
      sample.output.outfits.flatMap((outfit) => outfit.items.map((item) => item.query));

    expect(vegan.length).toBeGreaterThan(5);
    expect(
      vegan.flatMap(queries).filter((query) => /(?<!vegan |faux )\b(?:leather|suede)\b/.test(query)),
    ).toEqual([]);
    expect(black.flatMap(queries).filter((query) => /\b(?:white|red|navy|tan|gold)\b/.test(query))).toEqual(
      [],
    );
  });

  it("gives the looks a short title and keys that name the slot", () => {
    for (const { output } of samples) {
      for (const { looks, items } of output.outfits) {
        expect(looks.split(" ").length).toBeLessThanOrEqual(17);
        for (const { key, type } of items) expect(key.startsWith(type)).toBe(true);
      }
    }
  });
});
