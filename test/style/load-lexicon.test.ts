import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { loadLexicon } from "../../src/style/load-lexicon.ts";

const folder = mkdtempSync(join(tmpdir(), "tailor-lexicon-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("loadLexicon", () => {
  const lexicon = loadLexicon("data/style");

  it("knows words in any number, possessives and numbers, and no others", () => {
    for (const word of ["dress", "dresses", "women's", "navy", "501", "90s"])
      expect(lexicon.hasWord(word), word).toBe(true);
    for (const word of ["blorvik", "drss", "xx"]) expect(lexicon.hasWord(word), word).toBe(false);
  });

  it("finds the longest phrase first", () => {
    expect(lexicon.garmentIndex.find("a wide leg jeans").map((match) => match.values[0]?.name)).toEqual([
      "wide-leg jeans",
    ]);
    expect(lexicon.occasionIndex.find("black tie wedding").map((match) => match.phrase)).toEqual([
      "black tie wedding",
    ]);
  });

  it("versions the prompt by its content", () => {
    cpSync("data/style", folder, { recursive: true });
    const copy = loadLexicon(folder).prompt;
    expect(copy.promptVersion).toBe(lexicon.prompt.promptVersion);
    expect(copy.promptVersion).toMatch(/^stylist-\d+-[0-9a-f]{8}$/);
    writeFileSync(
      join(folder, "prompt.json"),
      JSON.stringify({ ...JSON.parse(JSON.stringify(copy)), promptVersion: undefined, system: "Other." }),
    );
    expect(loadLexicon(folder).prompt.promptVersion).not.toBe(copy.promptVersion);
  });

  it("refuses a file that breaks its schema", () => {
    writeFileSync(join(folder, "colours.json"), JSON.stringify({ colours: [{ name: "navy" }] }));
    expect(() => loadLexicon(folder)).toThrow(/aliases/);
  });

  it("names only rules that exist", () => {
    const { rulesFile, rules } = lexicon;
    for (const { rule } of rulesFile.guidance) expect(rules.has(rule), rule).toBe(true);
    for (const rule of Object.values(rulesFile.occasion)) expect(rules.has(rule), rule).toBe(true);
  });
});
