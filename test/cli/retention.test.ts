import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openStore } from "../../src/store/open-store.ts";
import { createInference } from "../store/records.ts";
import { runTailor } from "../support/run-tailor.ts";
import { startTailorProcess } from "../support/tailor-process.ts";

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

test("a server drops what has expired by itself, keeps the rest, and counts", async () => {
  writeConfig({ bodiesDays: 1, rowsDays: 30, everyMinutes: 0.005 });
  await using tailor = await startTailorProcess({
    env: { TAILOR_DATA_DIR: folder, TAILOR_CONFIG: join(folder, "config.json") },
  });
  const count = async (table: string) => {
    const text = await (await fetch(`${tailor.url}/metrics`)).text();
    return Number(new RegExp(`^tailor_state\\{name="${table}"\\} (\\S+)$`, "m").exec(text)?.[1]);
  };
  await expect.poll(() => count("retention_runs"), { timeout: 60_000 }).toBeGreaterThan(1);
  expect(await count("retention_dropped_inferences")).toBe(1);
  expect(await count("retention_dropped_inferenceBodies")).toBe(2);
  expect(await count("retention_failures")).toBe(0);
  const pairs = (await (await fetch(`${tailor.url}/admin/pairs?format=jsonl`)).text()).trim().split("\n");
  expect(pairs.map((line) => JSON.parse(line).inference.body === null)).toEqual([true, false]);
  tailor.child.kill("SIGTERM");
  expect(await tailor.exited).toBe(0);
});

test("without ages nothing expires, and an age that is none is refused", async () => {
  writeConfig({});
  expect(await retain()).toMatchObject({ code: 0, stdout: expect.stringContaining("Nothing expires") });
  writeConfig({ bodiesDays: -1 });
  expect((await retain()).code).toBe(1);
});
