import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { type BuildOptions, buildDataset } from "../../src/dataset/build.ts";
import type { Sample } from "../../src/dataset/sample.ts";
import { createFolder, createPlan, createSample, lexicon, tasteJudge, writeLines } from "./samples.ts";

function build(sources: readonly string[], changes: Partial<BuildOptions> = {}) {
  const out = changes.out ?? join(createFolder(), "set");
  const options = { judge: tasteJudge, lexicon, policy: "commercial", salt: "s1", validPercent: 20 } as const;
  return { out, manifest: buildDataset({ ...options, sources, ...changes, out }) };
}

function readSide(out: string, side: "train" | "valid"): Sample[] {
  const text = readFileSync(join(out, `${side}.jsonl`), "utf8");
  return text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line)]));
}

describe("the dataset build", () => {
  const synth = Array.from({ length: 300 }, (_, index) =>
    createSample(index, {
      groupKey: `template-${index % 60}`,
      userHash: index < 5 ? "same-user" : undefined,
    }),
  );

  it("writes train, valid, schema and a manifest whose hashes and counts are the files'", async () => {
    const { out, manifest } = build([writeLines(synth, "synth.jsonl")], {
      generators: [{ name: "g", seed: 7 }],
    });
    const written = await manifest;
    expect(readdirSync(out).sort()).toEqual(["manifest.json", "schema.json", "train.jsonl", "valid.jsonl"]);
    expect(JSON.parse(readFileSync(join(out, "manifest.json"), "utf8"))).toEqual(written);
    for (const { file, sha256, bytes } of written.outputs) {
      const content = readFileSync(join(out, file));
      expect([file, createHash("sha256").update(content).digest("hex"), content.length]).toEqual([
        file,
        sha256,
        bytes,
      ]);
    }
    const [train, valid] = [readSide(out, "train"), readSide(out, "valid")];
    expect(written).toMatchObject({
      samples: { train: train.length, valid: valid.length },
      bySource: { synth: 300 },
      byLicenseClass: { commercial_ok: 300 },
      refused: {},
      leaks: {},
      generators: [{ name: "g", seed: 7 }],
      promptVersion: lexicon.prompt.version,
      inputs: [{ file: "synth.jsonl", lines: 300 }],
    });
    expect(train.length + valid.length).toBe(300);
    expect(valid.length).toBeGreaterThan(20);
    expect([...train, ...valid].map((sample) => sample.id).sort()).toEqual(
      synth.map((sample) => sample.id).sort(),
    );
  });

  it("never parts a template or a user", async () => {
    const { out, manifest } = build([writeLines(synth)]);
    await manifest;
    const keysOf = (side: "train" | "valid") =>
      new Set(
        readSide(out, side)
          .flatMap((sample) => [sample.groupKey, sample.userHash])
          .filter(Boolean),
      );
    const inTrain = keysOf("train");
    expect([...keysOf("valid")].filter((key) => inTrain.has(key))).toEqual([]);
  });

  it("describes its lines by a JSON Schema that every line holds to", async () => {
    const { out, manifest } = build([writeLines(synth)]);
    await manifest;
    const check = new Ajv2020().compile(JSON.parse(readFileSync(join(out, "schema.json"), "utf8")));
    expect(readSide(out, "train").every((sample) => check(sample))).toBe(true);
    expect(check({ ...synth[0], output: { outfits: [] } })).toBe(false);
  });

  it("gives the same bytes for the same inputs, wherever they lie", async () => {
    const [one, two] = [build([writeLines(synth)]), build([writeLines(synth)])];
    await Promise.all([one.manifest, two.manifest]);
    for (const file of readdirSync(one.out)) {
      expect(readFileSync(join(two.out, file), "utf8")).toBe(readFileSync(join(one.out, file), "utf8"));
    }
  });

  it("splits otherwise with another salt", async () => {
    const [one, two] = [build([writeLines(synth)]), build([writeLines(synth)], { salt: "s2" })];
    await Promise.all([one.manifest, two.manifest]);
    expect(readSide(one.out, "valid")).not.toEqual(readSide(two.out, "valid"));
  });

  it("keeps of equal inputs a person's correction before a logged answer before a synthetic one", async () => {
    const { input } = createSample(1);
    const { out, manifest } = build(
      [
        writeLines([createSample(1), createSample(2), createSample(2, { id: "again" })]),
        writeLines([
          createSample(3, { id: "log-1", source: "log", input, output: createPlan("logged") }),
          createSample(4, { id: "feedback-1", source: "feedback", input, output: createPlan("corrected") }),
          createSample(5, { id: "log-2", source: "log", input, output: createPlan("logged later") }),
        ]),
      ],
      { validPercent: 0 },
    );
    const { refused, bySource } = await manifest;
    expect(readSide(out, "train").map((sample) => sample.id)).toEqual(["synth-2", "feedback-1"]);
    expect(refused).toEqual({ duplicate_input: 3, duplicate_pair: 1 });
    expect(bySource).toEqual({ feedback: 1, synth: 1 });
  });

  it("leaves out and counts what validation refuses", async () => {
    const lines = [
      createSample(1),
      "{",
      createSample(2, { output: createPlan("ugly") }),
      createSample(3, { source: "log", licenseClass: "restricted_teacher" }),
    ];
    const { manifest } = build([writeLines(lines)]);
    const { refused, samples } = await manifest;
    expect(refused).toEqual({ json: 1, restricted_teacher: 1, taste: 1 });
    expect(samples.train + samples.valid).toBe(1);
  });

  it("replaces its own files in an existing folder and leaves the others", async () => {
    const out = join(createFolder(), "set");
    mkdirSync(out);
    writeFileSync(join(out, "README.md"), "card");
    await build([writeLines(synth.slice(0, 10))], { out }).manifest;
    await build([writeLines(synth.slice(0, 20))], { out }).manifest;
    expect(readSide(out, "train").length + readSide(out, "valid").length).toBe(20);
    expect(readFileSync(join(out, "README.md"), "utf8")).toBe("card");
  });

  it("leaves the old data set and no rubbish behind when a source is missing", async () => {
    const folder = createFolder();
    const out = join(folder, "set");
    await build([writeLines(synth.slice(0, 10))], { out }).manifest;
    const before = readFileSync(join(out, "manifest.json"), "utf8");
    await expect(build([join(folder, "nothing.jsonl")], { out }).manifest).rejects.toMatchObject({
      code: "ENOENT",
    });
    expect(readFileSync(join(out, "manifest.json"), "utf8")).toBe(before);
    expect(readdirSync(folder)).toEqual(["set"]);
  });
});
