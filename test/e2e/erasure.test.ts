import { createHash } from "node:crypto";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { GOOD_PLANS } from "../fixtures/style/good-plans.ts";
import { readJson } from "../gateway/support/test-gateway.ts";
import { createBackendRequest } from "../support/backend-request.ts";
import { runTailor } from "../support/run-tailor.ts";
import { createScriptedUpstream, type ScriptedUpstream } from "../support/scripted-upstream.ts";
import { startTailorProcess, type TailorProcess } from "../support/tailor-process.ts";
import { createTwoTargetConfig } from "./two-target-config.ts";

/**
 * A server as it is run, with shadow, feedback, cache and Redis; users whose every request and answer names a town of
 * their own. One is erased by the command, another over HTTP, while a third goes on asking.
 */
const REDIS_URL = `${process.env.TEST_REDIS_URL ?? "redis://127.0.0.1:6379"}/13`;
/** The shadow of whoever is this old takes its time. */
const SLOW_AGE = 77;
const SHADOW_DELAY_MS = 4_000;

let upstream: ScriptedUpstream;
let tailor: TailorProcess;
let redis: Redis;
/** A folder of data sets besides the data folder. */
let elsewhere: string;

beforeAll(async () => {
  redis = new Redis(REDIS_URL);
  await redis.flushdb();
  upstream = await createScriptedUpstream({
    models: ["first-model", "second-model"],
    script: (body) => {
      const text = JSON.stringify(body.messages);
      const isSlow = body.model === "second-model" && text.includes(`age: ${SLOW_AGE}`);
      const town = /wedding in (\w+)/.exec(text)?.[1] ?? "Nowhere";
      return { kind: "answer", content: createPlan(town), ...(isSlow && { delayMs: SHADOW_DELAY_MS }) };
    },
  });
  elsewhere = mkdtempSync(join(tmpdir(), "tailor-datasets-"));
  const config = {
    ...createTwoTargetConfig({
      baseUrl: upstream.baseUrl,
      model: "gpt-4o-mini",
      cache: { enabled: true, sampled: true },
    }),
    datasetDirs: [elsewhere, join(elsewhere, "not-there")],
  };
  tailor = await startTailorProcess({ config, env: { REDIS_URL } });
}, 120_000);

afterAll(async () => {
  await tailor?.[Symbol.asyncDispose]();
  await upstream?.close();
  await redis?.flushdb();
  redis?.disconnect();
  rmSync(elsewhere, { recursive: true, force: true });
});

/** A plan that keeps every check and names the town. */
function createPlan(town: string): string {
  const [plan] = GOOD_PLANS;
  const items = plan?.items.map(([query, type, max, brand]) => ({
    query,
    key: query.replaceAll(" ", "-"),
    type,
    min: String(max / 2),
    max: String(max),
    brand,
  }));
  const description = plan?.description.replace("Bali", town);
  return JSON.stringify({ outfits: [{ looks: plan?.looks, description, items }] });
}

function createRequest(town: string, age: number) {
  return createBackendRequest(
    [
      `The user is preparing for: beach wedding in ${town}.`,
      "Preferred brands: Zara, Mango.",
      "Budget (currency or range as entered): $200-300.",
      "Extra guidance: no heels, love sage green.",
      `Profile: gender: female, age: ${age}.`,
      "Please propose one to five outfits with 3 to 6 items each; every item is a product search query.",
    ].join("\n"),
  );
}

function post(path: string, body: object, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(tailor.url + path, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
}

async function ask(user: string, { town, age }: { town: string; age: number }) {
  const response = await post("/v1/chat/completions", createRequest(town, age), {
    "x-tailor-sticky-key": user,
  });
  const { id, choices } = await readJson(response);
  expect(JSON.stringify(choices)).toContain(town);
  return { id, cache: response.headers.get("x-tailor-cache") };
}

async function askAndJudge(user: string, where: { town: string; age: number }): Promise<void> {
  const { id } = await ask(user, where);
  const opinion = { inference_id: id, verdict: "accept", comment: `liked it in ${where.town}` };
  expect((await post("/v1/feedback", opinion)).status).toBe(201);
}

/** A user's requests, one after the other, each of another age; ends with how many those were. */
function startTraffic(firstAge: number): () => Promise<number> {
  let isAsking = true;
  const traffic = (async () => {
    let asked = 0;
    for (; isAsking; asked += 1) {
      await ask("bert", { town: "Berttown", age: firstAge + asked });
      await sleep(20);
    }
    return asked;
  })();
  const stop = () => {
    isAsking = false;
    return traffic;
  };
  onTestFinished(async () => void (await stop()));
  return stop;
}

const runCli = (args: readonly string[]) => runTailor(args, { env: tailor.env });

async function readLevel(name: string): Promise<number> {
  const text = await (await fetch(`${tailor.url}/metrics`)).text();
  return Number(new RegExp(`^tailor_state\\{name="${name}"\\} (\\S+)$`, "m").exec(text)?.[1]);
}

/** Names of files in the data folder (database, write-ahead log, spools, data sets) and keys in Redis that hold a text. */
async function findText(text: string): Promise<string[]> {
  const files = readdirSync(tailor.folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => readBytes(path).includes(text));
  const keys = await redis.keys("*");
  const found: string[] = [];
  for (const key of keys) {
    if ((await redis.type(key)) === "string" && (await redis.get(key))?.includes(text)) found.push(key);
  }
  return [...files.map((path) => path.slice(tailor.folder.length + 1)), ...found].sort();
}

/** A spool file may be drained, and gone, between its listing and its reading. */
function readBytes(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

async function readPairs(town: string): Promise<{ shadows: object[]; feedback: object[] }[]> {
  const text = await (await fetch(`${tailor.url}/admin/pairs?format=jsonl&text=${town}`)).text();
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

describe("erasing a user of a running server", { timeout: 180_000 }, () => {
  const dataset = () => join(tailor.folder, "dataset");
  const mined = () => join(tailor.folder, "mined.jsonl");

  test("begins with rows, shadows, feedback, cached answers, samples and a model of everybody", async () => {
    for (const age of [21, 22, 23]) {
      await askAndJudge("anna", { town: "Annaville", age });
      await askAndJudge("bert", { town: "Berttown", age });
      await askAndJudge("carl", { town: "Carlsburg", age });
    }
    expect((await ask("anna", { town: "Annaville", age: 21 })).cache).toBe("hit");
    await expect
      .poll(async () => (await readPairs("Annaville")).flatMap(({ shadows }) => shadows).length, {
        timeout: 30_000,
      })
      .toBeGreaterThanOrEqual(3);
    expect((await runCli(["dataset", "mine", "--out", mined()])).code).toBe(0);
    expect((await runCli(["dataset", "build", "--mined", mined(), "--out", dataset()])).code).toBe(0);
    const manifest = readFileSync(join(dataset(), "manifest.json"));
    const models = join(tailor.folder, "models");
    mkdirSync(join(models, "tuned"), { recursive: true });
    const sha256 = createHash("sha256").update(manifest).digest("hex");
    writeFileSync(join(models, "tuned", "model.json"), JSON.stringify({ datasetManifestSha256: sha256 }));
    const model = {
      path: "tuned",
      file: "m.gguf",
      sha256,
      status: "registered",
      createdAt: "2026-01-01T00:00:00Z",
    };
    const others = { ...model, name: "other", path: "other" };
    writeFileSync(
      join(models, "registry.json"),
      JSON.stringify({ schemaVersion: 1, default: null, models: [{ ...model, name: "tuned" }, others] }),
    );
    tailor.env.TAILOR_MODELS_DIR = models;
    const places = await findText("Annaville");
    expect(places).toEqual(
      expect.arrayContaining([
        "mined.jsonl",
        expect.stringMatching(/^tailor\.db/),
        expect.stringMatching(/:answer:/),
      ]),
    );
  });

  test("by command leaves nothing of the user, while another's traffic goes on and a shadow is still to come", async () => {
    const stopTraffic = startTraffic(100);
    await ask("anna", { town: "Annaville", age: SLOW_AGE });
    const { code, stdout } = await runCli([
      "erase",
      "--user-key",
      "anna",
      "--reason",
      "asked for it",
      "--json",
    ]);
    expect(code).toBe(0);
    const report = JSON.parse(stdout);
    // Three judged ones, their repeat, and the one with the slow shadow.
    expect(report).toMatchObject({
      subject: "user",
      isScrubbed: true,
      rows: { inferences: 5, bodies: 5, feedback: 3 },
      models: ["tuned"],
    });
    const version = JSON.parse(readFileSync(join(dataset(), "manifest.json"), "utf8")).version;
    const inDataset = report.files.filter((file: { dataset: unknown }) => file.dataset !== null);
    expect(
      inDataset.every((file: { dataset: { version: string } }) => file.dataset.version === version),
    ).toBe(true);
    // The repeat was mined too, and is a duplicate in the data set.
    const counts = report.files.map(({ samples }: { samples: number }) => samples);
    expect(counts.reduce((sum: number, count: number) => sum + count, 0)).toBe(4 + 3);

    await expect.poll(() => readLevel("log_erased"), { timeout: 60_000 }).toBeGreaterThanOrEqual(1);
    const asked = 3 + (await stopTraffic());
    await expect
      .poll(async () => (await findText("Annaville")).filter((place) => !place.endsWith(".jsonl")), {
        timeout: 20_000,
      })
      .toEqual([]);
    await expect
      .poll(async () => (await readPairs("Berttown")).filter(({ shadows }) => shadows.length === 1).length, {
        timeout: 60_000,
      })
      .toBe(asked);
    expect((await readPairs("Berttown")).flatMap(({ feedback }) => feedback)).toHaveLength(3);
    expect((await ask("bert", { town: "Berttown", age: 21 })).cache).toBe("hit");
  });

  test("is heeded by builds, and takes the samples out of files", async () => {
    const again = join(tailor.folder, "again");
    const built = await runCli(["dataset", "build", "--mined", mined(), "--out", again, "--json"]);
    expect(JSON.parse(built.stdout).refused).toMatchObject({ erased: 4 });
    expect(await findText("Annaville")).toEqual(
      expect.not.arrayContaining(["again/train.jsonl", "again/valid.jsonl"]),
    );
    expect((await runCli(["dataset", "scrub", "--in", join(dataset(), "train.jsonl")])).code).toBe(1);
    const scrubbed = await runCli(["dataset", "scrub", "--in", mined(), "--json"]);
    expect(JSON.parse(scrubbed.stdout)).toMatchObject([{ removed: 4 }]);
    const sides = ["train.jsonl", "valid.jsonl"].map((file) => join(dataset(), file));
    expect((await runCli(["dataset", "build", "--extra", ...sides, "--out", dataset()])).code).toBe(0);
    expect(await findText("Annaville")).toEqual([]);
    expect(await findText("Berttown")).toEqual(expect.arrayContaining(["mined.jsonl"]));
    const remined = await runCli(["dataset", "mine", "--out", mined(), "--json"]);
    expect(remined.code).toBe(0);
    expect(await findText("Annaville")).toEqual([]);
  });

  test("over HTTP answers what was found, and the next identical request is asked anew at once", async () => {
    const where = { town: "Carlsburg", age: 22 };
    expect((await ask("carl", where)).cache).toBe("hit");
    const foreign = await post("/admin/erase", { user_key: "carl" }, { origin: "https://elsewhere.example" });
    expect(foreign.status).toBe(403);
    expect((await post("/admin/erase", { user_key: "carl", inference_id: "x" })).status).toBe(400);
    expect((await post("/admin/erase", { inference_id: "no id" })).status).toBe(400);
    const copy = join(elsewhere, "copy.jsonl");
    copyFileSync(mined(), copy);
    const stopTraffic = startTraffic(100_000);
    const response = await post("/admin/erase", { user_key: "carl", reason: "asked for it" });
    expect(await stopTraffic()).toBeGreaterThan(0);
    expect(response.status).toBe(200);
    const report = await readJson(response);
    expect(report).toMatchObject({ subject: "user", rows: { inferences: 4, feedback: 3 } });
    const paths = report.files.map(({ path }: { path: string }) => path);
    expect(paths).toEqual(expect.arrayContaining([mined(), copy]));
    expect((await findText("Carlsburg")).filter((place) => !place.endsWith(".jsonl"))).toEqual([]);
    // The user's later requests are logged as usual.
    expect((await ask("carl", where)).cache).toBe("miss");
    await expect.poll(async () => (await readPairs("Carlsburg")).length, { timeout: 20_000 }).toBe(1);
  });

  test("takes one inference by the id that the client saw, and somebody unknown", async () => {
    const { id } = await ask("dora", { town: "Doraheim", age: 30 });
    await ask("dora", { town: "Doraheim", age: 31 });
    await expect.poll(async () => (await readPairs("Doraheim")).length, { timeout: 20_000 }).toBe(2);
    const { code, stdout } = await runCli(["erase", "--inference", id, "--json"]);
    expect([code, JSON.parse(stdout).rows.inferences]).toEqual([0, 1]);
    expect(await readPairs("Doraheim")).toHaveLength(1);
    const nobody = await runCli(["erase", "--user-key", "nobody"]);
    expect([nobody.code, nobody.stdout]).toEqual([0, expect.stringMatching(/^0 rows erased\n/)]);
    expect((await runCli(["erase"])).code).toBe(2);
    expect((await runCli(["erase", "--inference", "nothing"])).code).toBe(2);
  });

  test("keeps no name of the erased, and the server ends well", async () => {
    tailor.child.kill("SIGTERM");
    expect(await tailor.exited).toBe(0);
    expect(await findText("Annaville")).toEqual([]);
    const log = await tailor.openLog();
    const entries = await log.audit.list({ limit: 10 });
    await log.close();
    expect(entries.map(({ action }) => action).toSorted()).toEqual([
      "inference.erase",
      "user.erase",
      "user.erase",
      "user.erase",
    ]);
  });
});
