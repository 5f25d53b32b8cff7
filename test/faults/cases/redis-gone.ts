import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { sleep, startLoad, waitUntil } from "../support/client-load.ts";
import { compareWithClients, type Fault } from "../support/fault.ts";
import { createGateway, findFreePort, startUpstream } from "../support/gateway.ts";

/** Redis dies under load and stays away: requests are answered and logged as before. */
export const redisGone: Fault = {
  name: "Redis gone",
  async run(settings) {
    const port = await findFreePort();
    const redis = spawn("redis-server", ["--port", `${port}`, "--save", "", "--appendonly", "no"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      await once(redis, "spawn");
      await using upstream = await startUpstream({ kind: "answer" });
      await using gateway = await createGateway({
        upstream: upstream.baseUrl,
        mode: "strict",
        env: { REDIS_URL: `redis://127.0.0.1:${port}` },
      });
      await gateway.start();
      await using load = startLoad({ url: gateway.url, run: randomUUID() });
      await load.answers(50);
      const gone = once(redis, "exit");
      redis.kill("SIGKILL");
      await gone;
      const before = load.record.answered.size;
      await sleep(settings.outageMs / 4);
      await waitUntil(() => load.record.answered.size > before + 50, "answers without Redis");
      await load.stop();
      const code = await gateway.end("SIGTERM");
      const refused = load.record.refused.size;
      return await compareWithClients({
        fault: this.name,
        databaseUrl: gateway.databaseUrl,
        records: [load.record],
        mode: "strict",
        note: `${load.record.answered.size - before} answered without it`,
        problems: [
          refused > 0 && `${refused} requests were refused`,
          code !== 0 && `the exit code is ${code}`,
        ],
      });
    } finally {
      redis.kill("SIGKILL");
    }
  },
};
