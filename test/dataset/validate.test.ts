import { describe, expect, it } from "vitest";
import { readLines } from "../../src/dataset/line-files.ts";
import { validateLines, validateSample } from "../../src/dataset/validate.ts";
import { createPlan, createSample, lexicon, tasteJudge, writeLines } from "./samples.ts";

const options = { judge: tasteJudge, lexicon, policy: "commercial" } as const;
const judge = (value: unknown, policy: "commercial" | "research" = "commercial") => {
  const result = validateSample(typeof value === "string" ? value : JSON.stringify(value), {
    ...options,
    policy,
  });
  return result.ok ? [] : result.reasons;
};

describe("validation of a line", () => {
  it("accepts a sample that passes everything", () => {
    expect(judge(createSample(1))).toEqual([]);
  });

  it.each([
    ["json", "{"],
    ["schema", "7"],
    ["schema", { ...createSample(1), output: { outfits: [] } }],
    ["schema", { ...createSample(1), id: "" }],
    ["schema", { ...createSample(1), surprise: 1 }],
    ["schema", { ...createSample(1), input: { form: createSample(1).input.form } }],
    ["unknown_license", createSample(1, { licenseClass: "unknown" })],
    ["unknown_license", createSample(1, { source: "log", licenseClass: undefined })],
    ["restricted_teacher", createSample(1, { licenseClass: "restricted_teacher" })],
    ["research_only", createSample(1, { licenseClass: "research_only" })],
    ["taste", createSample(1, { output: createPlan("ugly") })],
    ["too_long", createSample(1, { output: createPlan("x".repeat(4_000)) })],
  ])("refuses with %s", (reason, value) => {
    expect(judge(value)).toEqual([reason]);
  });

  it("takes synthetic samples without a licence class as our own", () => {
    expect(judge(createSample(1, { licenseClass: undefined }))).toEqual([]);
  });

  it("allows restricted and research answers for research, never unknown ones", () => {
    expect(judge(createSample(1, { licenseClass: "restricted_teacher" }), "research")).toEqual([]);
    expect(judge(createSample(1, { licenseClass: "research_only" }), "research")).toEqual([]);
    expect(judge(createSample(1, { licenseClass: "unknown" }), "research")).toEqual(["unknown_license"]);
  });

  it("gives every reason at once", () => {
    const bad = createSample(1, { licenseClass: "unknown", output: createPlan(`ugly${"x".repeat(4_000)}`) });
    expect(judge(bad)).toEqual(["unknown_license", "too_long", "taste"]);
  });
});

it("reports counts over files, duplicates included", async () => {
  const again = createSample(9, { input: createSample(1).input });
  const path = writeLines([
    createSample(1),
    again,
    "",
    { ...again, output: createPlan("another look") },
    createSample(2, { source: "feedback" }),
    createSample(3, { output: createPlan("ugly") }),
    "nonsense",
  ]);
  expect(await validateLines(readLines(path).lines, options)).toEqual({
    lines: 6,
    accepted: 2,
    bySource: { feedback: 1, synth: 1 },
    byLicenseClass: { commercial_ok: 2 },
    reasons: { duplicate_input: 1, duplicate_pair: 1, json: 1, taste: 1 },
  });
});
