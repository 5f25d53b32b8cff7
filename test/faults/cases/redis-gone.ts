import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { Redis } from "ioredis";
import { sleep, startLoad, waitUntil } from "../support/client-load.ts";
import { compareWithClients, type Fault } from "../support/fault.ts";
import { createGateway, findFreePort, startUpstream } from "../support/gateway.ts";

/** Redis, which the answer cache shares, dies under load and stays away: requests are answered and logged as before. */
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
        route: { cache: { enabled: true, sampled: true } },
      });
      await gateway.start();
      await using load = startLoad({ url: gateway.url, run: randomUUID() });
      await load.answers(50);
      const cached = await countKeys(port);
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
        note: `${cached} answers cached in it, ${load.record.answered.size - before} answered without it`,
        problems: [
          cached < 20 && `only ${cached} answers were cached in Redis: it was not in use`,
          refused > 0 && `${refused} requests were refused`,
          code !== 0 && `the exit code is ${code}`,
        ],
      });
    } finally {
      redis.kill("SIGKILL");
    }
  },
};

async function countKeys(port: number): Promise<number> {
  const redis = new Redis({ port });
  try {
    return await redis.dbsize();
  } finally {
    redis.disconnect();
  }
}
