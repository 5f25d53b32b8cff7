import { expect, it } from "vitest";
import { checkAnswer } from "../../../src/style/checks/check-answer.ts";
import { createStylistConstraint } from "../../../src/style/constraint/stylist-constraint.ts";
import { loadLexicon } from "../../../src/style/load-lexicon.ts";
import { parseBrief } from "../../../src/style/parse-brief.ts";
import { createGarbageWriter } from "./garbage-writer.ts";
import { runProgram } from "./run-program.ts";

const lexicon = loadLexicon("data/style");

/** The names of all hard checks that any of some plans fails, whatever the model writes. */
function listFailures(said: { occasion: string; guidance: string }): string[] {
  const form = {
    preparing_for: said.occasion,
    preferred_brand: "",
    budget: "300",
    description: said.guidance,
  };
  const failed = ["female", "male"].flatMap((gender) => {
    const brief = parseBrief({ form, profile: { gender }, outfits: 1 }, lexicon);
    const constraint = createStylistConstraint({ brief, lexicon });
    return Array.from({ length: 8 }, (_, seed) => {
      if (constraint === null) return ["none"];
      const text = runProgram(constraint.start(seed), createGarbageWriter(seed, lexicon));
      return checkAnswer(text, brief, lexicon).flatMap(({ ok, name }) => (ok ? [] : [name]));
    }).flat();
  });
  return [...new Set(failed)];
}

it.each([
  ["my grandmother's funeral", "she asked us to wear bright colours only"],
  ["funeral", "colourful please"],
  ["dinner", "I love black, no dark colours"],
  ["dinner", "dark colours, pastels"],
  ["office", "pastels, all black"],
])("for %s with “%s” only the guidance is given up", (occasion, guidance) => {
  expect(listFailures({ occasion, guidance }).filter((name) => name !== "guidance")).toEqual([]);
});

it.each([
  ["wake", "I love neon pink"],
  ["office", "neutrals only, I love red"],
  ["dinner", "no bright colours, red only"],
])("for %s with “%s” nothing fails", (occasion, guidance) => {
  expect(listFailures({ occasion, guidance })).toEqual([]);
});
