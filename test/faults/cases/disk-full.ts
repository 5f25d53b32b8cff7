import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sleep, startLoad, waitUntil } from "../support/client-load.ts";
import { compareWithClients, type Fault } from "../support/fault.ts";
import { createGateway, startUpstream } from "../support/gateway.ts";

const SMALL_MIB = 3;
const LARGE_MIB = 256;

/** The disk that holds database and spool fills up, and later has room again. */
export function createDiskFull(mode: "async" | "strict"): Fault {
  const name = `disk full, ${mode}`;
  return {
    name,
    async run(settings) {
      await using disk = mountSmallDisk();
      await using upstream = await startUpstream({ kind: "answer", delayMs: 5 });
      await using gateway = await createGateway({
        upstream: upstream.baseUrl,
        mode,
        dataDir: disk.folder,
        limits: { maxQueuedRecords: 50 },
      });
      await gateway.start();
      await using load = startLoad({ url: gateway.url, run: randomUUID() });
      const stuck = async () => (await gateway.readGauge("log_alert")) === 1;
      await waitUntil(stuck, "the disk to be full");
      if (mode === "async") {
        await waitUntil(async () => (await gateway.readGauge("log_dropped")) > 20, "counted drops");
      } else {
        await waitUntil(() => load.record.refused.size > 20, "refusals");
      }
      await sleep(settings.outageMs / 10);
      const refused = [...load.record.refused.values()];
      disk.grow();
      await waitUntil(async () => (await gateway.readGauge("log_stalled")) === 0, "the log to go on");
      await load.answers(50);
      await load.stop();
      const dropped = await gateway.readGauge("log_dropped");
      const code = await gateway.end("SIGTERM");
      const odd = refused.filter((status) => status !== 503).length;
      return await compareWithClients({
        fault: name,
        databaseUrl: gateway.databaseUrl,
        records: [load.record],
        mode,
        // The store writes what it dropped to the books when it closes; they are in the same database.
        dropped: 0,
        isExact: mode === "async",
        note: mode === "async" ? `${dropped} dropped` : `${refused.length} refused with 503`,
        problems: [
          mode === "async" && refused.length > 0 && `${refused.length} requests were refused`,
          odd > 0 && `${odd} refusals were no 503`,
          mode === "async" && dropped === 0 && "nothing was dropped: the disk was not full for long enough",
          code !== 0 && `the exit code is ${code}`,
        ],
      });
    },
  };
}

/** A disk in memory of a few megabytes; needs the right to mount. */
function mountSmallDisk() {
  const folder = mkdtempSync(join(tmpdir(), "tailor-disk-"));
  const mount = (options: string) =>
    execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder], { stdio: "pipe" });
  mount(`size=${SMALL_MIB}m`);
  return {
    folder,
    grow: () => void execFileSync("mount", ["-o", `remount,size=${LARGE_MIB}m`, folder]),
    async [Symbol.asyncDispose]() {
      execFileSync("umount", ["-l", folder]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
