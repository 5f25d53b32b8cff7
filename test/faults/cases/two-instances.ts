import { randomUUID } from "node:crypto";
import { startLoad } from "../support/client-load.ts";
import { compareWithClients, type Fault } from "../support/fault.ts";
import { createGateway, startUpstream } from "../support/gateway.ts";
import { createPostgresCluster } from "../support/postgres-cluster.ts";

/** Two gateways start on one empty PostgreSQL at once and write to it together; one of them is killed. */
export function createTwoInstances(mode: "async" | "strict"): Fault {
  const name = `two instances on one PostgreSQL, ${mode}`;
  return {
    name,
    async run() {
      await using cluster = await createPostgresCluster();
      await using upstream = await startUpstream({ kind: "answer" });
      const options = { upstream: upstream.baseUrl, mode, databaseUrl: cluster.url } as const;
      await using first = await createGateway(options);
      await using second = await createGateway(options);
      await Promise.all([first.start(), second.start()]);
      await using firstLoad = startLoad({ url: first.url, run: randomUUID(), lanes: 4 });
      await using secondLoad = startLoad({ url: second.url, run: randomUUID(), lanes: 4 });
      const loads = [firstLoad, secondLoad];
      await Promise.all(loads.map((load) => load.answers(80)));
      await first.end("SIGKILL");
      await secondLoad.answers(80);
      await first.start();
      await Promise.all(loads.map((load) => load.answers(30)));
      await Promise.all(loads.map((load) => load.stop()));
      const codes = [await first.end("SIGTERM"), await second.end("SIGTERM")];
      return await compareWithClients({
        fault: name,
        databaseUrl: cluster.url,
        records: loads.map(({ record }) => record),
        mode,
        problems: [codes.some((code) => code !== 0) && `the exit codes are ${codes.join(" and ")}`],
      });
    },
  };
}
