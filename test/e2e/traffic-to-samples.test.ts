import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { routeSchema } from "../../src/routing/route.ts";
import type { PairRow } from "../../src/store/inference-log.ts";
import { createBackendRequest } from "../support/backend-request.ts";
import { runTailor } from "../support/run-tailor.ts";
import { startTailorProcess, type TailorProcess } from "../support/tailor-process.ts";

/**
 * Traffic becomes data: the shipped model and an upstream in a process of its own share a route by halves, each request
 * goes to both, the split is flipped under way, and the log is mined and built into a data set.
 */
const CITIES = ["Oslo", "Lima", "Perth", "Quito", "Turin", "Accra", "Hanoi", "Davos"];

let upstream: { readonly baseUrl: string; stop(): void };
let tailor: TailorProcess;
let client: OpenAI;

beforeAll(async () => {
  upstream = await startUpstream();
  tailor = await startTailorProcess({ config: createConfig(upstream.baseUrl), timeoutMs: 120_000 });
  client = new OpenAI({ baseURL: `${tailor.url}/v1`, apiKey: "sk-whatever", maxRetries: 0 });
}, 150_000);

afterAll(async () => {
  await tailor?.[Symbol.asyncDispose]();
  upstream?.stop();
});

async function startUpstream() {
  const child = spawn(
    process.execPath,
    ["test/support/scripted-upstream-process.ts", "--models", "gpt-4o-mini"],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const [line] = await once(createInterface({ input: child.stdout }), "line");
  return { baseUrl: String(JSON.parse(line).baseUrl), stop: () => void child.kill("SIGKILL") };
}

function createConfig(baseUrl: string) {
  return {
    providers: {
      local: { kind: "llama-cpp", gpu: "off", licenseClass: "commercial_ok" },
      upstream: { kind: "openai", baseUrl, apiKeyEnv: null, licenseClass: "restricted_teacher" },
    },
    routes: [
      {
        name: "stylist",
        models: ["gpt-4o-mini"],
        targets: [
          { id: "local", provider: "local", model: "default", percent: 50 },
          { id: "upstream", provider: "upstream", model: "gpt-4o-mini", percent: 50 },
        ],
        shadow: [
          { target: "local", percent: 100 },
          { target: "upstream", percent: 100 },
        ],
        consent: "train",
      },
    ],
    passthrough: null,
  };
}

async function ask(city: string): Promise<string | null> {
  const text = [
    `The user is preparing for: a casual weekend walk in ${city}.`,
    "Preferred brands: Uniqlo, Levi's, Adidas.",
    "Budget (currency or range as entered): under 300.",
    "Profile: gender: female, age: 29.",
    "Please propose one to five outfits with 3 to 6 items each; every item is a product search query.",
  ].join("\n");
  const { response } = await client.chat.completions
    .create(createBackendRequest(text), { headers: { "x-tailor-sticky-key": `user of ${city}` } })
    .withResponse();
  return response.headers.get("x-tailor-target");
}

const runCli = (args: readonly string[]) => runTailor(args, { env: tailor.env });

/** Shadow answers that the log holds so far. */
async function countShadows(): Promise<number> {
  const response = await fetch(`${tailor.url}/admin/pairs?format=jsonl`);
  const lines = (await response.text()).split("\n").filter((line) => line !== "");
  return lines.reduce((sum, line) => sum + JSON.parse(line).shadows.length, 0);
}

describe("traffic on a shared route", { timeout: 180_000 }, () => {
  test("is split between the local model and the upstream, user by user", async () => {
    const targets = [];
    for (const city of CITIES) targets.push(await ask(city));
    expect(new Set(targets)).toEqual(new Set(["local", "upstream"]));
    expect(await ask("Oslo")).toBe(targets[0]);
  });

  test("follows a changed percentage with the next request", async () => {
    const current = routeSchema.parse(await (await fetch(`${tailor.url}/admin/routes/stylist`)).json());
    const targets = current.targets.map((target) => ({
      ...target,
      percent: target.id === "upstream" ? 100 : 0,
    }));
    const changed = await fetch(`${tailor.url}/admin/routes/stylist`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ ...current, targets }),
    });
    expect(changed.status).toBe(200);
    for (const city of CITIES.slice(0, 3)) expect(await ask(city)).toBe("upstream");
  });

  test("leaves each request with both answers in the log", async () => {
    await expect.poll(countShadows, { timeout: 120_000, interval: 500 }).toBe(CITIES.length + 4);
    tailor.child.kill("SIGTERM");
    expect(await tailor.exited).toBe(0);
    const log = await tailor.openLog();
    const pairs: PairRow[] = [];
    for await (const pair of log.reader.streamPairs({})) pairs.push(pair);
    await log.close();
    expect(pairs).toHaveLength(CITIES.length + 4);
    for (const { inference, shadows } of pairs) {
      const answered = [inference.target, ...shadows.map(({ target }) => target)];
      expect(answered.toSorted()).toEqual(["local", "upstream"]);
      expect(inference.body?.answer).toBeTruthy();
      expect(shadows[0]?.answer).toBeTruthy();
    }
  });

  test("is mined and built into a data set of what may be learnt from", async () => {
    const mined = join(tailor.folder, "mined.jsonl");
    const out = join(tailor.folder, "dataset");
    expect((await runCli(["dataset", "mine", "--out", mined])).code).toBe(0);
    expect(
      (await runCli(["dataset", "build", "--mined", mined, "--out", out, "--valid-percent", "30"])).code,
    ).toBe(0);
    const samples = ["train.jsonl", "valid.jsonl"]
      .flatMap((file) => readFileSync(join(out, file), "utf8").split("\n"))
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line));
    // One sample a distinct brief, each the local model's answer: the upstream's may not be trained on.
    expect(samples.length).toBeGreaterThanOrEqual(CITIES.length - 1);
    expect(new Set(samples.map(({ target }) => target))).toEqual(new Set(["local"]));
    const manifest = JSON.parse(readFileSync(join(out, "manifest.json"), "utf8"));
    expect(manifest.promptVersion).toBe("stylist-1");
  });
});
