import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startLoad, waitUntil } from "../support/client-load.ts";
import { compareWithClients, type Fault } from "../support/fault.ts";
import { createGateway, type GatewayUnderTest, startUpstream } from "../support/gateway.ts";
import { createPostgresCluster } from "../support/postgres-cluster.ts";

/** Killed with rows in the spool, whose middle and tail are then damaged: those rows are lost and counted, no others. */
export const spoolDamage: Fault = {
  name: "corrupted spool",
  async run() {
    await using cluster = await createPostgresCluster();
    await using upstream = await startUpstream({ kind: "answer", delayMs: 10 });
    await using gateway = await createGateway({
      upstream: upstream.baseUrl,
      mode: "strict",
      databaseUrl: cluster.url,
    });
    await gateway.start();
    await using load = startLoad({ url: gateway.url, run: randomUUID() });
    await load.answers(50);
    cluster.stop("fast");
    await waitUntil(async () => (await gateway.readGauge("log_stalled")) === 1, "the outage to be noticed");
    await load.answers(100);
    await load.stop();
    await gateway.end("SIGKILL");
    damage(gateway);
    cluster.start();
    await gateway.start();
    await waitUntil(() => gateway.countFolders() === 1, "the spool to be drained");
    const found = await gateway.readGauge("log_spool_damaged");
    const lost = await gateway.readGauge("log_lost");
    await gateway.end("SIGTERM");
    return await compareWithClients({
      fault: this.name,
      databaseUrl: gateway.databaseUrl,
      records: [load.record],
      // Damage is no fault of the mode's.
      mode: "async",
      note: `one row damaged in the midst, one at the end; ${found} found`,
      problems: [
        found !== 2 && `${found} damaged rows were found in place of 2`,
        lost !== 2 && `${lost} rows are counted as lost in place of 2`,
      ],
    });
  },
};

function damage({ dataDir }: GatewayUnderTest): void {
  const spools = join(dataDir, "spool");
  const [folder = ""] = readdirSync(spools);
  const segments = readdirSync(join(spools, folder)).filter((name) => name.endsWith(".spool"));
  const files = segments.sort().map((name) => join(spools, folder, name));
  damageMiddle(files);
  const last = files.at(-1) ?? "";
  truncateSync(last, readFileSync(last).length - 7);
}

/** A byte in the content of a second row: in the first file that has a third one, which the outage may have begun anew. */
function damageMiddle(files: readonly string[]): void {
  for (const file of files) {
    const bytes = readFileSync(file);
    const second = findEnd(bytes, 0);
    if (second + 12 > bytes.length || findEnd(bytes, second) >= bytes.length) continue;
    bytes.writeUInt8(bytes.readUInt8(second + 40) ^ 0xff, second + 40);
    writeFileSync(file, bytes);
    return;
  }
  throw new Error("no file of the spool holds three rows");
}

/** Of the frame at `start`: its head is twelve bytes, its length the second word. */
function findEnd(bytes: Buffer, start: number): number {
  return start + 12 + bytes.readUInt32LE(start + 4);
}
