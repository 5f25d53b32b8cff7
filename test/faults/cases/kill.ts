import { randomUUID } from "node:crypto";
import { startLoad, waitUntil } from "../support/client-load.ts";
import { compareWithClients, type Fault, type FaultSettings } from "../support/fault.ts";
import { createGateway, startUpstream } from "../support/gateway.ts";
import { readLogRows } from "../support/log-rows.ts";
import { createPostgresCluster } from "../support/postgres-cluster.ts";

/** One flush window, in which most kills stay, and what a busy machine adds to it. */
const WINDOW_MS = 100;
const SLACK_MS = 900;
/** A client may note an answer after the server is dead. A restart takes longer. */
const READ_LATE_MS = 500;

/** `kill -9` in the midst of load, again and again: what is lost is counted to the row. */
export function createKillFault(mode: "async" | "strict", dialect: "SQLite" | "PostgreSQL"): Fault {
  const name = `kill -9, ${mode}, ${dialect}`;
  return {
    name,
    async run(settings) {
      if (dialect === "SQLite") return await killAgain({ name, mode, settings, databaseUrl: undefined });
      await using cluster = await createPostgresCluster();
      return await killAgain({ name, mode, settings, databaseUrl: cluster.url });
    },
  };
}

async function killAgain(options: {
  readonly name: string;
  readonly mode: "async" | "strict";
  readonly settings: FaultSettings;
  readonly databaseUrl: string | undefined;
}) {
  const { name, mode, settings, databaseUrl } = options;
  await using upstream = await startUpstream({ kind: "answer" });
  await using gateway = await createGateway({
    upstream: upstream.baseUrl,
    mode,
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
  });
  const run = randomUUID();
  const kills: number[] = [];
  let promised = 0;
  await gateway.start();
  await using load = startLoad({ url: gateway.url, run });
  for (let kill = 0; kill < settings.kills; kill += 1) {
    await load.answers(60 + Math.floor((40 * kill) / settings.kills));
    kills.push(Date.now());
    await gateway.end("SIGKILL");
    promised += gateway.countPromised();
    await gateway.start();
    // The folders of the dead are settled before the next one dies, so that none is counted twice here.
    await waitUntil(() => gateway.countFolders() === 1, "the settling of a killed process");
  }
  await load.answers(50);
  await load.stop();
  promised += gateway.countPromised();
  await gateway.end("SIGTERM");

  const log = await readLogRows(gateway.databaseUrl);
  const lost = [...load.record.answered].filter(([id]) => !log.requests.has(id));
  const ages = kills.map((killedAt, index) => {
    const since = kills[index - 1] ?? 0;
    const ofThis = lost.filter(([, at]) => at > since + READ_LATE_MS && at <= killedAt + READ_LATE_MS);
    return Math.max(0, ...ofThis.map(([, at]) => killedAt - at));
  });
  const oldest = Math.max(...ages);
  const median = ages.toSorted((a, b) => a - b)[Math.floor(ages.length / 2)] ?? 0;
  return await compareWithClients({
    fault: name,
    databaseUrl: gateway.databaseUrl,
    records: [load.record],
    mode,
    note: `${settings.kills} kills, ${promised} promised, lost up to ${median} ms before most kills, ${oldest} ms before one`,
    problems: [
      promised - log.rows !== log.lost &&
        `${promised} rows were promised and ${log.rows} are there, but ${log.lost} are counted as lost`,
      median > WINDOW_MS && `most kills lost rows of the last ${median} ms, more than a flush window`,
      oldest > WINDOW_MS + SLACK_MS && `a row was lost ${oldest} ms after its answer`,
    ],
  });
}
