import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openStore } from "../../src/store/open-store.ts";
import { createInference } from "../store/records.ts";
import { runTailor } from "../support/run-tailor.ts";

// Processes of their own on a busy machine take their time.
vi.setConfig({ testTimeout: 120_000 });

const DAY_MS = 24 * 60 * 60 * 1000;
let folder: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "tailor-retention-"));
  const store = await openStore({ url: `file:${join(folder, "tailor.db")}` });
  for (const age of [0, 5, 50]) {
    store.recorder.recordInference(createInference({ createdAt: Date.now() - age * DAY_MS }));
  }
  await store.close();
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function writeConfig(retention: object): void {
  const target = { id: "a", provider: "up", model: "m", percent: 100 };
  const config = {
    providers: { up: { kind: "openai", apiKeyEnv: null } },
    routes: [{ name: "stylist", models: ["stylist"], targets: [target] }],
    retention,
  };
  writeFileSync(join(folder, "config.json"), JSON.stringify(config));
}

const retain = (...flags: readonly string[]) =>
  runTailor(["retention", ...flags], {
    env: { TAILOR_DATA_DIR: folder, TAILOR_CONFIG: join(folder, "config.json"), DATABASE_URL: "" },
  });

test("the command counts what has expired, then drops it, by the ages in the configuration", async () => {
  writeConfig({ bodiesDays: 1, rowsDays: 30 });
  const counted = await retain("--dry-run", "--json");
  const rows = { inferenceBodies: 2, attempts: 2, inferences: 1 };
  expect(JSON.parse(counted.stdout)).toMatchObject({ dryRun: true, rows });
  expect(JSON.parse((await retain("--json")).stdout)).toMatchObject({ dryRun: false, rows });
  expect(JSON.parse((await retain("--json")).stdout).rows).toMatchObject({
    inferenceBodies: 0,
    inferences: 0,
  });
});

test("without ages nothing expires, and an age that is none is refused", async () => {
  writeConfig({});
  expect(await retain()).toMatchObject({ code: 0, stdout: expect.stringContaining("Nothing expires") });
  writeConfig({ bodiesDays: -1 });
  expect((await retain()).code).toBe(1);
});
