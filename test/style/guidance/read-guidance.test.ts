import { describe, expect, it } from "vitest";
import { readGuidance } from "../../../src/style/guidance/read-guidance.ts";
import { loadLexicon } from "../../../src/style/load-lexicon.ts";

const lexicon = loadLexicon("data/style");

function namesOf(guidance: string, gender: "women" | "men" = "women"): string[] {
  return readGuidance({ guidance, gender }, lexicon).map((rule) => rule.name);
}

const CASES: readonly (readonly [guidance: string, rules: string[]])[] = [
  ["no heels please", ["heel-free"]],
  ["I can't walk in heels", ["heel-free"]],
  ["prefer flats", ["heel-free"]],
  ["no high heels", ["low-heels", "no high heels"]],
  ["vegan leather only", ["no-leather", "no-fur"]],
  ["no leather or suede", ["no-leather"]],
  ["I hate pink", ["avoided-colours (pink)"]],
  ["nothing yellow", ["avoided-colours (yellow)"]],
  ["I do not want to wear pink", ["avoided-colours (pink)"]],
  ["I don't mind yellow", []],
  ["love navy and cream", ["wanted-colours (navy, cream)"]],
  ["I love navy, cream and olive", ["wanted-colours (navy, cream, olive)"]],
  ["no heels, stripes or yellow", ["heel-free", "avoided-colours (yellow)", "no stripes"]],
  ["no heels, navy please", ["heel-free", "wanted-colours (navy)"]],
  ["all black", ["wanted-colours (black)"]],
  ["to match my navy coat", []],
  ["my hair is red and I love green", ["wanted-colours (green)"]],
  ["no heels because the wedding is on grass with white flowers", ["heel-free", "no-stilettos"]],
  ["earth tones", ["earth-tones"]],
  ["pastels please", ["pastels"]],
  ["modest please", ["modest"]],
  ["nothing revealing", ["modest"]],
  ["no sleeveless", ["sleeves"]],
  ["I prefer sleeveless", ["sleeveless"]],
  ["it will be very hot", ["heat"]],
  ["35 degrees", ["heat"]],
  ["hot pink", ["wanted-colours (hot pink)"]],
  ["it gets cold at night", ["cold"]],
  ["not cold at all", []],
  ["cold shoulder tops are fine", []],
  ["hot days and cold nights", []],
  ["with sneakers", ["sneakers"]],
  ["no animal print", ["no-animal-print"]],
  ["no floral prints", ["no floral prints"]],
  ["no prints", ["no-patterns"]],
  ["no wool, it itches", ["no wool"]],
  ["no skinny jeans", ["no skinny jeans"]],
  ["no black shoes", ["no black shoes"]],
  ["I need a blazer", ["wants blazer"]],
  ["prefer trousers over skirts", ["no skirts", "wants trousers"]],
  ["I love dresses", []],
  ["not too tight", []],
  ["nothing too flashy", []],
  ["keep it simple", []],
  ["", []],
];

describe("readGuidance", () => {
  it.each(CASES)("reads %j", (guidance, rules) => {
    expect(namesOf(guidance).sort()).toEqual([...rules].sort());
  });

  it("wishes for no garment that the gender does not wear", () => {
    expect(namesOf("I need a tie", "women")).toEqual([]);
    expect(namesOf("I need a tie", "men")).toEqual(["wants tie"]);
  });
});
