import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createDatasetCommand } from "../../src/cli/dataset.ts";
import { openStore } from "../../src/store/open-store.ts";
import { createFolder, createPlan, createSample, writeLines } from "../dataset/samples.ts";
import { createDatabaseUrl, createInference } from "../store/records.ts";
import { runTailor } from "../support/run-tailor.ts";

const run = (args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  runTailor(["dataset", ...args], { env });

/** What the real checks say of these is not the matter here: one passes, one has no such brand. */
const good = createSample(1);
const bad = createSample(2, {
  output: {
    outfits: createPlan().outfits.map((outfit) => ({
      ...outfit,
      items: outfit.items.map((item) => ({ ...item, brand: "gucci" })),
    })),
  },
});

describe("tailor dataset", () => {
  it("validates files: exit 0 when all samples pass", async () => {
    const result = await run(["validate", writeLines([good])]);
    expect(result).toMatchObject({ code: 0, stderr: "" });
    expect(result.stdout).toContain("1 of 1 samples accepted");
  });

  it("validates files: exit 1 and reason codes when one is refused", async () => {
    const result = await run(["validate", "--json", writeLines([good, "{"]), writeLines([bad])]);
    expect(result.code).toBe(1);
    expect(JSON.parse(result.stdout)).toMatchObject({
      lines: 3,
      accepted: 1,
      reasons: { json: 1, brand_used: 1, brand_kept: 1 },
    });
  });

  it("builds a data set from files, with what the generator tells of itself", async () => {
    const synth = writeLines([good, bad]);
    writeFileSync(`${synth}.generator.json`, JSON.stringify({ name: "synth", version: "1", seed: 7 }));
    const out = join(createFolder(), "set");
    const args = ["build", "--synth", synth, "--out", out, "--seed", "s", "--valid-percent", "0", "--json"];
    const result = await run(args);
    expect(result).toMatchObject({ code: 0, stderr: "" });
    const manifest = JSON.parse(result.stdout);
    expect(manifest).toMatchObject({
      samples: { train: 1, valid: 0 },
      split: { salt: "s", validPercent: 0 },
      generators: [{ name: "synth", version: "1", seed: 7 }],
    });
    expect(JSON.parse(readFileSync(join(out, "manifest.json"), "utf8"))).toEqual(manifest);
    expect((await run(["validate", join(out, "train.jsonl")])).code).toBe(0);
  });

  it("writes synthetic samples that validate, the same for the same seed", async () => {
    const folder = createFolder();
    const synth = async (name: string, seed: string) => {
      const out = join(folder, "made", name);
      expect(await run(["synth", "--count", "8", "--seed", seed, "--out", out])).toMatchObject({
        code: 0,
        stderr: "",
      });
      return readFileSync(out, "utf8");
    };
    const [one, same, other] = [await synth("a", "1"), await synth("b", "1"), await synth("c", "2")];
    expect(one.split("\n")).toHaveLength(9);
    expect([same === one, other === one]).toEqual([true, false]);
    expect(JSON.parse(readFileSync(join(folder, "made", "a.generator.json"), "utf8"))).toMatchObject({
      seed: "1",
      count: 8,
    });
    expect(await run(["validate", join(folder, "made", "a")])).toMatchObject({ code: 0 });
  });

  it("mines a database into a file that builds", async () => {
    const url = createDatabaseUrl();
    const store = await openStore({ url });
    const request = { form: { ...good.input.form, preferred_brand: "zara" }, profile: { gender: "female" } };
    store.recorder.recordInference(
      createInference({ body: { request, answer: JSON.stringify(createPlan()) }, createdAt: Date.now() }),
    );
    store.recorder.recordInference(createInference({ consent: "log", createdAt: Date.now() }));
    await store.close();
    const folder = createFolder();
    const out = join(folder, "deep", "mined.jsonl");
    const mined = await run(["mine", "--out", out, "--since", "1h", "--json"], { DATABASE_URL: url });
    expect(mined).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.parse(mined.stdout)).toEqual({
      inferences: 2,
      mined: { log: 1 },
      refusedInferences: { no_consent: 1 },
      refusedAnswers: {},
    });
    expect(readdirSync(join(folder, "deep"))).toEqual(["mined.jsonl"]);
    const built = await run(["build", "--mined", out, "--out", join(folder, "set")]);
    expect(built).toMatchObject({ code: 0 });
  });

  it("says in a sentence what is missing: exit 1", async () => {
    const folder = createFolder();
    const nothing = join(folder, "nothing.db");
    const mined = await run(["mine", "--database", `file:${nothing}`, "--out", join(folder, "x")]);
    expect(mined).toMatchObject({ code: 1, stdout: "" });
    expect(mined.stderr).toMatch(/^There is no database at .*nothing\.db.*\n$/);
    expect(existsSync(nothing)).toBe(false);
    const validated = await run(["validate", join(folder, "nothing.jsonl")]);
    expect(validated).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringMatching(/^There is no file .*\n$/),
    });
  });

  it.each([
    [["build", "--out", "x"]],
    [["build", "--out", "x", "--synth", "y", "--valid-percent", "200"]],
    [["mine", "--out", "x", "--policy", "none"]],
    [["mine", "--out", "x", "--since", "soon"]],
    [["synth", "--out", "x", "--count", "0"]],
  ])("refuses the usage %j", async (args) => {
    const dataset = createDatasetCommand();
    for (const command of [dataset, ...dataset.commands]) {
      command.exitOverride().configureOutput({ writeErr: () => undefined });
    }
    const parsing = dataset.parseAsync(args, { from: "user" });
    await expect(parsing).rejects.toMatchObject({ name: "CommanderError", exitCode: 1 });
  });

  it("answers wrong usage with exit 2", async () => {
    const result = await run(["mine"]);
    expect(result).toMatchObject({ code: 2, stdout: "", stderr: expect.stringMatching(/^error: .*--out/) });
  });

  it("helps with exit 0", async () => {
    const result = await run(["build", "--help"]);
    expect(result.code).toBe(0);
    expect(result.stdout).toContain("--valid-percent");
  });
});
