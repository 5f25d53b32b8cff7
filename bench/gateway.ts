/**
 * `npm run bench -- gateway [--seconds 6] [--rounds 3] [--connections 16]`
 *
 * Tailor's upstream path with bodies logged and 10 % shadow, against a bare Hono + undici pass-through, in alternating
 * rounds on the same upstream. The backend's own request (1.2 KB, JSON mode, image part) is the load, so Tailor also
 * recognises the brief, validates the answer and judges the plan. `throughputVsFloor` = Tailor's requests a second over
 * the floor's (medians of the rounds). A run with a failed request, a lost row or a dropped shadow says so.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import Database from "better-sqlite3";
import { type LoadResult, runLoad } from "./support/load.ts";
import { type StartedServer, startServer } from "./support/start-server.ts";

const support = join(import.meta.dirname, "support");
const briefText = [
  "The user is preparing for: a summer lunch with colleagues.",
  "Preferred brands: Mango, Zara.",
  "Budget (currency or range as entered): $200-300.",
  "Extra guidance: comfortable shoes, nothing yellow.",
  "Profile: gender: female, age: 29, height_cm: 170, weight_kg: 60, locale: en-US, preferred_units: metric.",
  "Suggest one to five outfits with 3 to 6 items each; every item is a product search query.",
].join("\n");
const requestBody = {
  model: "bench",
  temperature: 0.7,
  response_format: { type: "json_object" },
  messages: [
    {
      role: "system",
      content: `You are a stylist. Reply in JSON. ${"Keep prices inside the budget. ".repeat(12)}`,
    },
    {
      role: "user",
      content: [
        { type: "text", text: briefText },
        { type: "image_url", image_url: { url: "https://images.example.com/profile.jpg" } },
      ],
    },
  ],
};

interface Setup {
  readonly folder: string;
  readonly upstream: StartedServer;
  readonly floor: StartedServer;
  readonly tailor: StartedServer;
}

export async function runBenchmark(args: readonly string[]): Promise<Record<string, number>> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seconds: { type: "string", default: "6" },
      rounds: { type: "string", default: "3" },
      connections: { type: "string", default: "16" },
    },
  });
  const load = {
    connections: Number(values.connections),
    seconds: Number(values.seconds),
    body: requestBody,
  };
  const setup = await startAll();
  const floorRounds: LoadResult[] = [];
  const tailorRounds: LoadResult[] = [];
  try {
    await runLoad(completions(setup.floor), { ...load, seconds: 2 });
    await runLoad(completions(setup.tailor), { ...load, seconds: 2 });
    for (let round = 0; round < Number(values.rounds); round++) {
      floorRounds.push(await runLoad(completions(setup.floor), load));
      tailorRounds.push(await runLoad(completions(setup.tailor), load));
    }
  } finally {
    await Promise.all([setup.tailor.stop(), setup.floor.stop()]);
    await setup.upstream.stop();
  }
  const rows = countRows(setup.folder);
  rmSync(setup.folder, { recursive: true, force: true });
  printTable({ floor: floorRounds, tailor: tailorRounds });
  const failed = [...floorRounds, ...tailorRounds].reduce((sum, { failed }) => sum + failed, 0);
  const median = (rounds: LoadResult[]) => medianOf(rounds.map((round) => round.requestsPerSecond));
  return {
    throughputVsFloor: round3(median(tailorRounds) / median(floorRounds)),
    requestsPerSecond: Math.round(median(tailorRounds)),
    floorRequestsPerSecond: Math.round(median(floorRounds)),
    failed,
    ...rows,
  };
}

async function startAll(): Promise<Setup> {
  const folder = mkdtempSync(join(tmpdir(), "tailor-bench-"));
  const upstream = await startServer([join(support, "upstream-server.ts")]);
  const floor = await startServer([join(support, "floor-server.ts")], { BENCH_UPSTREAM: upstream.url });
  const provider = {
    kind: "openai",
    baseUrl: `${upstream.url}/v1`,
    apiKeyEnv: null,
    licenseClass: "unknown",
  };
  const target = (id: string, percent: number) => ({ id, provider: id, model: "bench-model", percent });
  const config = {
    providers: { a: provider, b: provider },
    routes: [
      {
        name: "stylist",
        models: ["bench"],
        targets: [target("a", 100), target("b", 0)],
        shadow: [{ target: "b", percent: 10, maxConcurrency: 8 }],
        consent: "train",
      },
    ],
    passthrough: null,
  };
  writeFileSync(join(folder, "config.json"), JSON.stringify(config));
  const tailor = await startServer(["src/main.ts"], {
    PORT: "0",
    LOG_LEVEL: "warn",
    TAILOR_CONFIG: join(folder, "config.json"),
    TAILOR_DATA_DIR: folder,
    DATABASE_URL: `file:${join(folder, "tailor.db")}`,
  });
  return { folder, upstream, floor, tailor };
}

const completions = (server: StartedServer) => `${server.url}/v1/chat/completions`;

function countRows(folder: string): { rows: number; shadowRows: number } {
  const database = new Database(join(folder, "tailor.db"), { readonly: true });
  const count = (table: string) => Number(database.prepare(`select count(*) from ${table}`).pluck().get());
  const rows = { rows: count("inferences"), shadowRows: count("shadow_answers") };
  database.close();
  return rows;
}

function printTable(results: Readonly<Record<string, readonly LoadResult[]>>): void {
  const rows = Object.entries(results).flatMap(([name, rounds]) =>
    rounds.map((round, index) => ({
      server: name,
      round: index + 1,
      "req/s": Math.round(round.requestsPerSecond),
      "p50 ms": round.p50Ms,
      "p99 ms": round.p99Ms,
      failed: round.failed,
      sent: round.sent,
    })),
  );
  console.table(rows);
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

const round3 = (value: number) => Math.round(value * 1000) / 1000;
