import { expect, it } from "vitest";
import { createUuidV7 } from "../../src/protocol/ids.ts";
import { openDatabase } from "../../src/store/open-database.ts";
import { createRecordingEncoder } from "../../src/store/writer/encode-recording.ts";
import { createEntryPacker } from "../../src/store/writer/pack-entry.ts";
import { createTablePlans } from "../../src/store/writer/table-plans.ts";
import { createWriteBehind } from "../../src/store/writer/write-behind.ts";
import {
  createWriterLink,
  type WriterLink,
  type WriterLinkOptions,
} from "../../src/store/writer/writer-link.ts";
import { createInference } from "./records.ts";
import { databaseKinds } from "./support/databases.ts";

/** A link whose thread dies in place of taking its first batch: the poison is no request, so it throws in the thread. */
function createBreakingLink(options: WriterLinkOptions): WriterLink {
  const link = createWriterLink(options);
  let isBroken = false;
  return {
    ...link,
    send(request) {
      if (isBroken || request.kind !== "write") return link.send(request);
      isBroken = true;
      link.send({ ...request, entries: null as never });
    },
  };
}

it.each(databaseKinds)(
  "sends $name what was not committed again when the writer thread dies",
  async (kind) => {
    await using test = await kind.create();
    const database = await openDatabase(test.url);
    const plans = createTablePlans(database.tables);
    const hasBooleans = database.address.dialect === "postgres";
    const pack = createEntryPacker(plans, createRecordingEncoder(plans, { hasBooleans }));
    const lines: string[] = [];
    const keep = (data: object, message: string): void =>
      void lines.push(`${JSON.stringify(data)} ${message}`);
    const writer = createWriteBehind({
      setup: {
        address: database.address,
        plans,
        hasBooleans,
        writer: { id: createUuidV7(), host: "test", startedAt: Date.now() },
        spool: null,
      },
      limits: { maxRecords: 10_000, maxBytes: 100_000_000 },
      logger: { warn: keep, error: keep },
      createLink: createBreakingLink,
    });
    for (let time = 0; time < 1_700; time += 1) {
      const inference = createInference();
      writer.record(pack({ kind: "inference", record: inference }, null));
    }
    await writer.flush();
    expect(writer.stats()).toMatchObject({ queued: 0, written: 1_700, failed: 0, dropped: 0 });
    await writer.close(5_000);
    await database.close();
    expect(await test.count("inferences")).toBe(1_700);
    expect(lines).toEqual(['{"error":"TypeError"} store writer failed', "{} store writer starts again"]);
  },
);
