import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkAnswer } from "../../../src/style/checks/check-answer.ts";
import { createStylistConstraint } from "../../../src/style/constraint/stylist-constraint.ts";
import { loadLexicon } from "../../../src/style/load-lexicon.ts";
import { parseBrief } from "../../../src/style/parse-brief.ts";
import { planSchema } from "../../../src/style/plan.ts";
import { createRandom } from "../../support/random.ts";
import { createRandomBrief } from "../random-brief.ts";
import { createGarbageWriter } from "./garbage-writer.ts";
import { type FieldWriter, runProgram } from "./run-program.ts";

const lexicon = loadLexicon("data/style");

function writePlan(seed: number, write: FieldWriter = createGarbageWriter(seed, lexicon)) {
  const brief = createRandomBrief(seed, lexicon);
  const constraint = createStylistConstraint({
    brief,
    lexicon,
    random: createRandom(seed + 1),
    priceForm: "string",
  });
  const text = runProgram(constraint.start(), write);
  return { brief, text };
}

describe("createStylistConstraint", () => {
  it("turns any field texts into a plan that passes every hard check", () => {
    const failures: string[] = [];
    for (let seed = 0; seed < 500; seed++) {
      const { brief, text } = writePlan(seed);
      const failed = checkAnswer(text, brief, lexicon).filter(({ ok, name }) => !ok && name !== "guidance");
      for (const { name, reason } of failed) failures.push(`${seed} ${name}: ${reason}`);
    }
    expect(failures).toEqual([]);
  }, 120_000);

  it("spends 55 to 100 % of the budget's upper bound", () => {
    const shares = Array.from({ length: 200 }, (_, seed) => {
      const { brief, text } = writePlan(seed);
      const [outfit] = planSchema.parse(JSON.parse(text)).outfits;
      const sum = (outfit?.items ?? []).reduce((total, item) => total + Number(item.max), 0);
      return brief.budget === null ? null : sum / brief.budget.max;
    }).filter((share) => share !== null);
    expect(shares.length).toBeGreaterThan(50);
    expect(Math.min(...shares)).toBeGreaterThanOrEqual(0.55);
    expect(Math.max(...shares)).toBeLessThanOrEqual(1);
  });

  it("writes the strict plan with compact JSON in the trained key order", () => {
    const { text } = writePlan(7);
    const plan = planSchema.parse(JSON.parse(text));
    expect(JSON.stringify(plan)).toBe(text);
  });

  it("writes as many outfits as the brief asks for", () => {
    for (const outfits of [1, 3, 5]) {
      const form = { preparing_for: "wedding", preferred_brand: "", budget: "400", description: "" };
      const brief = parseBrief({ form, profile: { gender: "male" }, outfits }, lexicon);
      const constraint = createStylistConstraint({
        brief,
        lexicon,
        random: createRandom(1),
        priceForm: "number",
      });
      const plan = JSON.parse(runProgram(constraint.start(), createGarbageWriter(3, lexicon)));
      expect(plan.outfits).toHaveLength(outfits);
      expect(typeof plan.outfits[0].items[0].max).toBe("number");
    }
  });

  it("counts its interventions, and needs none for good answers", () => {
    const form = { preparing_for: "office", preferred_brand: "", budget: "300", description: "" };
    const brief = parseBrief({ form, profile: { gender: "female" } }, lexicon);
    const constraint = createStylistConstraint({ brief, lexicon, random: () => 0.3, priceForm: "string" });
    const queries = [
      "white cotton blouse",
      "navy tailored trousers",
      "black leather loafers",
      "tan leather tote bag",
    ];
    const good: FieldWriter = (step, soFar) => {
      if (soFar.endsWith('"looks":"')) return { text: 'Calm office lines"', complete: true };
      if (soFar.endsWith('"description":"'))
        return { text: 'A neat set for a day at the office."', complete: true };
      if (soFar.endsWith('"query":"')) return { text: `${queries.shift()}"`, complete: true };
      return { text: `${/\("([^"]+)"/.exec(step.grammar)?.[1]}"`, complete: true };
    };
    const program = constraint.start();
    const plan = JSON.parse(runProgram(program, good));
    expect(plan.outfits[0].items.map((item: { key: string }) => item.key)).toEqual([
      "top",
      "bottom",
      "shoes",
      "bag",
    ]);
    expect(program.interventions).toEqual({ retries: 0, replacements: 0 });
  });

  it("ends whatever the fields hold", () => {
    fc.assert(
      fc.property(
        fc.nat(100_000),
        fc.array(fc.stringMatching(/^[A-Za-z][ -!#-[\]-~]{0,40}$/), { minLength: 1, maxLength: 20 }),
        (seed, texts) => {
          let turn = 0;
          const { brief, text } = writePlan(seed, (step) => {
            const written = texts[turn++ % texts.length] ?? "";
            const choices = /^root ::= \(("(?:[^"\\]|\\.)*")/.exec(step.grammar)?.[1];
            return { text: `${choices ? JSON.parse(choices) : written}${step.stop}`, complete: true };
          });
          const failed = checkAnswer(text, brief, lexicon).filter(
            ({ ok, name }) => !ok && name !== "guidance",
          );
          expect(failed).toEqual([]);
        },
      ),
      { numRuns: 60 },
    );
  });
});
