import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LoadResult, runLoad } from "./load.ts";
import { createLogRow } from "./log-rows.ts";
import { startServer } from "./start-server.ts";

const support = import.meta.dirname;

export interface ServingResult {
  readonly on: readonly LoadResult[];
  readonly off: readonly LoadResult[];
  /** At the same number of requests a second, which neither has to strain for. */
  readonly steady: { readonly on: readonly LoadResult[]; readonly off: readonly LoadResult[] };
}

/** The gateway's latency with its log and without, in alternating rounds on one upstream. */
export async function measureServing(options: {
  readonly seconds: number;
  readonly rounds: number;
  readonly connections: number;
  readonly rate: number;
}): Promise<ServingResult> {
  const { seconds, rounds, connections, rate } = options;
  const folder = mkdtempSync(join(tmpdir(), "tailor-bench-"));
  const upstream = await startServer([join(support, "upstream-server.ts")]);
  const start = (log: "on" | "off") =>
    startGateway({ folder: join(folder, log), upstream: upstream.url, log });
  const servers = { on: await start("on"), off: await start("off") };
  const result = { on: [] as LoadResult[], off: [] as LoadResult[] };
  const steady = { on: [] as LoadResult[], off: [] as LoadResult[] };
  const body = { ...Object(createLogRow(1, 0).body?.request), model: "bench" };
  const load = (log: "on" | "off", limits: { readonly seconds: number; readonly rate?: number }) =>
    runLoad(`${servers[log].url}/v1/chat/completions`, { connections, body, ...limits });
  try {
    for (const log of ["on", "off"] as const) await load(log, { seconds: 2 });
    for (let round = 0; round < rounds; round += 1) {
      for (const log of ["on", "off"] as const) result[log].push(await load(log, { seconds }));
      for (const log of ["on", "off"] as const) steady[log].push(await load(log, { seconds, rate }));
    }
  } finally {
    await Promise.all([servers.on.stop(), servers.off.stop()]);
    await upstream.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  return { ...result, steady };
}

async function startGateway({
  folder,
  upstream,
  log,
}: {
  folder: string;
  upstream: string;
  log: "on" | "off";
}) {
  const config = {
    providers: {
      up: { kind: "openai", baseUrl: `${upstream}/v1`, apiKeyEnv: null, licenseClass: "unknown" },
    },
    routes: [
      {
        name: "stylist",
        models: ["bench"],
        targets: [{ id: "up", provider: "up", model: "bench-model", percent: 100 }],
        consent: "train",
      },
    ],
    passthrough: null,
  };
  const configPath = `${folder}.json`;
  writeFileSync(configPath, JSON.stringify(config));
  return startServer([join(support, "unlogged-server.ts")], {
    PORT: "0",
    LOG_LEVEL: "error",
    TAILOR_CONFIG: configPath,
    TAILOR_DATA_DIR: folder,
    DATABASE_URL: `file:${join(folder, "tailor.db")}`,
    BENCH_LOG: log,
  });
}
