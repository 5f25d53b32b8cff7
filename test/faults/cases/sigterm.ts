import { randomUUID } from "node:crypto";
import { sleep, startLoad } from "../support/client-load.ts";
import { compareWithClients, type Fault } from "../support/fault.ts";
import { createGateway, startUpstream } from "../support/gateway.ts";
import { createPostgresCluster } from "../support/postgres-cluster.ts";

/** SIGTERM while streams are live: they end well, and every answer is in the log. */
export function createSigterm(dialect: "SQLite" | "PostgreSQL"): Fault {
  const name = `SIGTERM with live streams, ${dialect}`;
  return {
    name,
    async run() {
      if (dialect === "SQLite") return await endWithLiveStreams(name, {});
      await using cluster = await createPostgresCluster();
      return await endWithLiveStreams(name, { databaseUrl: cluster.url });
    },
  };
}

async function endWithLiveStreams(name: string, database: { readonly databaseUrl?: string }) {
  await using upstream = await startUpstream({ kind: "answer", tokenMs: 15 });
  await using gateway = await createGateway({ upstream: upstream.baseUrl, mode: "async", ...database });
  await gateway.start();
  await using load = startLoad({ url: gateway.url, run: randomUUID(), lanes: 12, streams: 1 });
  await load.answers(100);
  const { sent, began, answered, refused } = load.record;
  const live = began.size - answered.size;
  const ended = gateway.end("SIGTERM");
  await sleep(500);
  const stopped = load.stop();
  const code = await ended;
  await stopped;
  const cut = [...began].filter((id) => !answered.has(id)).length;
  // Connections that were refused after the signal never became requests; what was taken in was answered.
  const late = [...sent].filter((id) => !began.has(id) && !refused.has(id)).length;
  return await compareWithClients({
    fault: name,
    databaseUrl: gateway.databaseUrl,
    records: [load.record],
    mode: "strict",
    note: `${live} streams were live, ${late} requests came after the signal`,
    problems: [
      live === 0 && "no stream was live at the signal",
      cut > 0 && `${cut} streams began and did not end`,
      code !== 0 && `the exit code is ${code}`,
    ],
  });
}
