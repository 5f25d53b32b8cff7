import { randomUUID } from "node:crypto";
import { sleep, startLoad } from "../support/client-load.ts";
import { compareWithClients, type Fault } from "../support/fault.ts";
import { createGateway, startUpstream } from "../support/gateway.ts";

/** SIGTERM while streams are live: they end well, and every answer is in the log. */
export const sigterm: Fault = {
  name: "SIGTERM with live streams",
  async run() {
    await using upstream = await startUpstream({ kind: "answer", tokenMs: 15 });
    await using gateway = await createGateway({ upstream: upstream.baseUrl, mode: "async" });
    await gateway.start();
    await using load = startLoad({ url: gateway.url, run: randomUUID(), lanes: 12, streams: 1 });
    await load.answers(100);
    const ended = gateway.end("SIGTERM");
    await sleep(500);
    const stopped = load.stop();
    const code = await ended;
    await stopped;
    const { sent, answered, refused } = load.record;
    // Connections that were refused after the signal never became requests; what was taken in was answered.
    const cut = [...sent].filter((id) => !answered.has(id) && !refused.has(id)).length;
    return await compareWithClients({
      fault: this.name,
      databaseUrl: gateway.databaseUrl,
      records: [load.record],
      mode: "strict",
      note: `${cut} came after the signal`,
      problems: [code !== 0 && `the exit code is ${code}`],
    });
  },
};
