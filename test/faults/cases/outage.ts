import { randomUUID } from "node:crypto";
import Database from "better-sqlite3";
import { parseDatabasePath } from "../../../src/store/database-url.ts";
import { sleep, startLoad, waitUntil } from "../support/client-load.ts";
import { compareWithClients, type Fault, type FaultSettings } from "../support/fault.ts";
import { createGateway, type GatewayUnderTest, startUpstream } from "../support/gateway.ts";
import { createPostgresCluster } from "../support/postgres-cluster.ts";

type Mode = "async" | "strict";

/** PostgreSQL crashes, stays away and comes back. The gateway answers all the while. */
export function createPostgresOutage(mode: Mode): Fault {
  const name = `PostgreSQL stopped, ${mode}`;
  return {
    name,
    async run(settings) {
      await using cluster = await createPostgresCluster();
      await using upstream = await startUpstream({ kind: "answer", delayMs: 10 });
      await using gateway = await createGateway({
        upstream: upstream.baseUrl,
        mode,
        databaseUrl: cluster.url,
      });
      return await endureOutage({
        name,
        mode,
        settings,
        gateway,
        takeAway: () => cluster.stop("immediate"),
        giveBack: () => cluster.start(),
      });
    },
  };
}

/** Another program holds SQLite's write lock. */
export function createSqliteLock(mode: Mode): Fault {
  const name = `SQLite locked by another writer, ${mode}`;
  return {
    name,
    async run(settings) {
      await using upstream = await startUpstream({ kind: "answer", delayMs: 10 });
      await using gateway = await createGateway({ upstream: upstream.baseUrl, mode });
      let other: Database.Database | null = null;
      return await endureOutage({
        name,
        mode,
        settings: { ...settings, outageMs: settings.outageMs / 2 },
        gateway,
        takeAway() {
          other = new Database(parseDatabasePath(gateway.databaseUrl), { timeout: 10_000 });
          other.exec("BEGIN IMMEDIATE");
        },
        giveBack() {
          other?.exec("COMMIT");
          other?.close();
        },
      });
    },
  };
}

async function endureOutage(options: {
  readonly name: string;
  readonly mode: Mode;
  readonly settings: FaultSettings;
  readonly gateway: GatewayUnderTest;
  readonly takeAway: () => void;
  readonly giveBack: () => void;
}) {
  const { name, mode, settings, gateway, takeAway, giveBack } = options;
  await gateway.start();
  await using load = startLoad({ url: gateway.url, run: randomUUID() });
  await load.answers(50);
  takeAway();
  const before = load.record.answered.size;
  const refusedBefore = load.record.refused.size;
  await waitUntil(async () => (await gateway.readGauge("log_stalled")) === 1, "the outage to be noticed");
  await sleep(settings.outageMs);
  const duringOutage = load.record.answered.size - before;
  const refused = load.record.refused.size - refusedBefore;
  const spooled = await gateway.readGauge("log_spool_bytes");
  giveBack();
  await waitUntil(async () => (await gateway.readGauge("log_spool_bytes")) === 0, "the spool to be drained");
  await load.answers(50);
  await load.stop();
  const dropped = await gateway.readGauge("log_dropped");
  const code = await gateway.end("SIGTERM");
  return await compareWithClients({
    fault: name,
    databaseUrl: gateway.databaseUrl,
    records: [load.record],
    mode,
    dropped,
    note: `${duringOutage} answered while away, ${Math.round(spooled / 1024)} KiB spooled`,
    problems: [
      duringOutage < 20 && `only ${duringOutage} answers while the database was away`,
      refused > 0 && `${refused} requests were refused while the database was away`,
      spooled === 0 && "nothing was spooled",
      code !== 0 && `the exit code is ${code}`,
    ],
  });
}
