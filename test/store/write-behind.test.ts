import Database from "better-sqlite3";
import { expect, it } from "vitest";
import { openReadingConnection } from "../../src/store/connection.ts";
import { createRecordEncoder } from "../../src/store/encode-records.ts";
import { migrate } from "../../src/store/migrate.ts";
import { createQueries } from "../../src/store/queries.ts";
import { createWriteBehind } from "../../src/store/write-behind.ts";
import { createWriterLink, type WriterLink, type WriterLinkOptions } from "../../src/store/writer-link.ts";
import { createDatabaseUrl, createInference } from "./records.ts";

/** A link whose thread dies in place of taking its first batch: the poison is no request, so it throws in the thread. */
function createBreakingLink(options: WriterLinkOptions): WriterLink {
  const link = createWriterLink(options);
  let isBroken = false;
  return {
    ...link,
    send(request) {
      if (isBroken || request.kind !== "write") return link.send(request);
      isBroken = true;
      link.send({ ...request, units: null as never });
    },
  };
}

it("sends what was not committed again when the writer thread dies", async () => {
  const { path } = migrate({ url: createDatabaseUrl() });
  const reading = openReadingConnection(path);
  const encoder = createRecordEncoder(createQueries(reading));
  const lines: string[] = [];
  const keep = (data: object, message: string): void => void lines.push(`${JSON.stringify(data)} ${message}`);
  const writer = createWriteBehind({
    setup: { path, inserts: encoder.inserts },
    limits: { maxRecords: 10_000, maxBytes: 100_000_000 },
    logger: { warn: keep, error: keep },
    createLink: createBreakingLink,
  });
  for (let time = 0; time < 1_700; time += 1) {
    const inference = createInference();
    writer.record(inference.id, () => encoder.encodeInference(inference));
  }
  await writer.flush();
  expect(writer.stats()).toMatchObject({ queued: 0, written: 1_700, failed: 0, dropped: 0 });
  await writer.close(5_000);
  const sqlite = new Database(path, { readonly: true });
  expect(sqlite.prepare("select count(*) from inferences").pluck().get()).toBe(1_700);
  sqlite.close();
  reading.close();
  expect(lines).toEqual(['{"error":"TypeError"} store writer failed', "{} store writer starts again"]);
});
