import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { AnswerJudge } from "../../src/dataset/judge.ts";
import type { Sample } from "../../src/dataset/sample.ts";
import { loadLexicon } from "../../src/style/load-lexicon.ts";
import type { Plan } from "../../src/style/plan.ts";

export const lexicon = loadLexicon(fileURLToPath(new URL("../../data/style", import.meta.url)));

/** A house rule that tests can break at will: no outfit may look "ugly". */
export const tasteJudge: AnswerJudge = (text) => [
  { name: "json", ok: true },
  { name: "taste", ok: !text.includes("ugly") },
];

export function createPlan(looks = "easy city look"): Plan {
  const item = (query: string, type: Plan["outfits"][0]["items"][0]["type"]) => ({
    query,
    key: query.replaceAll(" ", "-"),
    type,
    min: "20",
    max: "49.90",
    brand: "zara",
  });
  return {
    outfits: [
      {
        looks,
        description: "A calm outfit for a dinner with friends.",
        items: [
          item("white linen shirt", "top"),
          item("black trousers", "bottom"),
          item("black leather loafers", "shoes"),
        ],
      },
    ],
  };
}

export function createSample(number: number, changes: Partial<Sample> = {}): Sample {
  return {
    id: `synth-${number}`,
    source: "synth",
    input: {
      form: { preparing_for: `dinner ${number}`, preferred_brand: "Zara", budget: "$150", description: "" },
      profile: { gender: "female", age: 30 },
    },
    output: createPlan(),
    licenseClass: "commercial_ok",
    ...changes,
  };
}

export function createFolder(): string {
  return mkdtempSync(join(tmpdir(), "tailor-dataset-"));
}

/** Writes lines (samples as JSON, texts as they are) and returns the file's path. */
export function writeLines(lines: readonly (Sample | string)[], name = "samples.jsonl"): string {
  const path = join(createFolder(), name);
  const texts = lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line)));
  writeFileSync(path, texts.map((text) => `${text}\n`).join(""));
  return path;
}
