import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createScriptedUpstream, type ScriptedUpstream } from "../support/scripted-upstream.ts";
import { startTailorProcess, type TailorProcess } from "../support/tailor-process.ts";
import { readJson } from "./support/test-gateway.ts";

// Processes of their own on a busy machine take their time.
vi.setConfig({ testTimeout: 120_000 });

const PATIENCE = { timeout: 60_000 };
/** The smallest spool there can be, and a prompt whose row it cannot take. */
const SMALL_SPOOL = { maxSpoolBytes: 64 * 1024 };
const LONG_PROMPT = "word ".repeat(20_000);

let upstream: ScriptedUpstream;
beforeEach(async () => {
  upstream = await createScriptedUpstream();
});
afterEach(() => upstream.close());

type LogMode = "async" | "strict";

function start(options: {
  readonly logMode?: LogMode;
  readonly routes?: Readonly<Record<string, LogMode | undefined>>;
  readonly limits?: object;
}): Promise<TailorProcess> {
  const { logMode, routes = { stylist: undefined }, limits = {} } = options;
  const config = {
    providers: {
      up: { kind: "openai", baseUrl: upstream.baseUrl, apiKeyEnv: null, licenseClass: "commercial_ok" },
    },
    routes: Object.entries(routes).map(([name, mode]) => ({
      name,
      models: [name],
      targets: [{ id: "up", provider: "up", model: "upstream-model", percent: 100 }],
      ...(mode === undefined ? {} : { logMode: mode }),
    })),
    passthrough: null,
    limits,
  };
  return startTailorProcess({ config, env: logMode === undefined ? {} : { TAILOR_LOG_MODE: logMode } });
}

function ask({ url }: TailorProcess, fields: object): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      model: "stylist",
      messages: [{ role: "user", content: LONG_PROMPT }],
      ...fields,
    }),
  });
}

async function readStatus(asked: Promise<Response>): Promise<number> {
  const response = await asked;
  await response.text();
  return response.status;
}

/** Another program that holds SQLite's write lock. */
function lock({ folder }: TailorProcess) {
  const other = new Database(join(folder, "tailor.db"));
  other.exec("BEGIN IMMEDIATE");
  return { release: () => void other.close() };
}

async function readStore({ url }: TailorProcess) {
  const response = await fetch(`${url}/readyz`);
  return { status: response.status, store: (await readJson(response)).store };
}

async function readLevel({ url }: TailorProcess, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^tailor_state\\{name="${name}"\\} (\\S+)$`, "m").exec(text)?.[1]);
}

test.each<[logMode: LogMode, routes: { readonly kept: LogMode | undefined; loose: LogMode | undefined }]>([
  ["strict", { kept: undefined, loose: "async" }],
  ["async", { kept: "strict", loose: undefined }],
])(
  "with TAILOR_LOG_MODE=%s a route's own mode goes before it: strict ones refuse what cannot be logged, whole and streamed",
  async (logMode, routes) => {
    await using tailor = await start({ logMode, routes, limits: SMALL_SPOOL });
    const other = lock(tailor);
    // Its row can go nowhere, and is waited for in the strict route only.
    expect(await readStatus(ask(tailor, { model: "loose" }))).toBe(200);
    await expect
      .poll(() => readStore(tailor), PATIENCE)
      .toMatchObject({ status: 200, store: { alert: true } });
    for (const stream of [false, true]) {
      const asked = upstream.requests.length;
      const refused = await ask(tailor, { model: "kept", stream });
      expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "2"]);
      expect((await readJson(refused)).error).toMatchObject({
        code: "log_unavailable",
        type: "server_error",
      });
      expect(upstream.requests.length).toBe(asked);
      expect(await readStatus(ask(tailor, { model: "loose", stream }))).toBe(200);
    }
    other.release();
    await expect.poll(() => readStatus(ask(tailor, { model: "kept" })), PATIENCE).toBe(200);
    expect(await readStatus(ask(tailor, { model: "kept", stream: true }))).toBe(200);
    tailor.child.kill("SIGTERM");
    expect(await tailor.exited).toBe(0);
    const log = await tailor.openLog();
    const { rows } = await log.reader.listInferences({ limit: 50 });
    await log.close();
    expect(rows.every(({ status }) => status === 200)).toBe(true);
    expect(rows.filter(({ route }) => route === "loose")).toHaveLength(3);
    expect(rows.filter(({ route }) => route === "kept").length).toBeGreaterThanOrEqual(2);
  },
);

test("while the database is away, /readyz stays well and both it and /metrics say what waits", async () => {
  await using tailor = await start({});
  const other = lock(tailor);
  expect(await readStatus(ask(tailor, {}))).toBe(200);
  await expect
    .poll(() => readStore(tailor), PATIENCE)
    .toMatchObject({ status: 200, store: { stalled: "SQLITE_BUSY", spooled: 1, queued: 0, alert: false } });
  expect(await readLevel(tailor, "log_stalled")).toBe(1);
  expect(await readLevel(tailor, "log_spool_bytes")).toBeGreaterThan(LONG_PROMPT.length);
  expect(await readLevel(tailor, "log_alert")).toBe(0);
  other.release();
  await expect.poll(() => readLevel(tailor, "log_spool_bytes"), PATIENCE).toBe(0);
  await expect
    .poll(() => readStore(tailor), PATIENCE)
    .toMatchObject({ status: 200, store: { stalled: null, written: 1, dropped: 0 } });
  expect(await readLevel(tailor, "log_stalled")).toBe(0);
});

test("a stop whose rows can be put nowhere says so and exits 1", async () => {
  await using tailor = await start({ limits: SMALL_SPOOL });
  const other = lock(tailor);
  expect(await readStatus(ask(tailor, {}))).toBe(200);
  tailor.child.kill("SIGTERM");
  expect(await tailor.exited).toBe(1);
  expect(tailor.output()).toMatch(/Tailor stopped, but not cleanly: .*1/);
  other.release();
});
