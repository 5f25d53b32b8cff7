import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { createUuidV7 } from "../../src/protocol/ids.ts";
import { parseDatabasePath } from "../../src/store/database-url.ts";
import { readMigrations } from "../../src/store/migration-files.ts";
import { openDatabase } from "../../src/store/open-database.ts";
import { openStore } from "../../src/store/open-store.ts";
import { createSpool } from "../../src/store/spool/spool.ts";
import { createWriterFolder } from "../../src/store/spool/writer-folder.ts";
import {
  createRecordingEncoder,
  findOrigin,
  type Recording,
} from "../../src/store/writer/encode-recording.ts";
import { createSpooledEntry } from "../../src/store/writer/spooled-entry.ts";
import { createTablePlans } from "../../src/store/writer/table-plans.ts";
import type { SpooledEntry } from "../../src/store/writer/writer-messages.ts";
import { createInference, createShadow } from "./records.ts";
import { databaseKinds, type TestDatabase } from "./support/databases.ts";

const PATIENCE = { timeout: 60_000, interval: 20 };

/** Migrations of the last version that did not note how an answer was decoded. */
const MIGRATIONS_BEFORE_DECODING = 5;
/** What that version did not know. */
const UNKNOWN = {
  inference: { decoding: null, fieldRetries: null },
  shadow: { decoding: null, promptVersion: null, interventions: null, fieldRetries: null },
};

describe.each(databaseKinds)("with $name, of a version that did not note the decoding", (kind) => {
  const isSqlite = kind.name === "SQLite";

  async function migrateToThen({ url, query }: TestDatabase): Promise<void> {
    if (isSqlite) mkdirSync(dirname(parseDatabasePath(url)), { recursive: true });
    const records = isSqlite ? "__drizzle_migrations" : "drizzle.__drizzle_migrations";
    if (!isSqlite) await query("CREATE SCHEMA drizzle");
    await query(`CREATE TABLE ${records} (id integer, hash text, created_at bigint)`);
    const files = readMigrations(isSqlite ? "sqlite" : "postgres").slice(0, MIGRATIONS_BEFORE_DECODING);
    for (const { sql, hash, folderMillis } of files) {
      for (const statement of sql) await query(statement);
      await query(`INSERT INTO ${records} (id, hash, created_at) VALUES (1, '${hash}', ${folderMillis})`);
    }
  }

  it("the rows stay, and the next ones tell", async () => {
    await using database = await kind.create();
    await migrateToThen(database);
    const [old, oldShadow, next] = [createUuidV7(), createUuidV7(), createInference()];
    const streamed = isSqlite ? "0" : "false";
    await database.query(
      `INSERT INTO inferences (id, request_id, route, route_version, requested_model, bucket, prompt_version, endpoint, streamed, status, latency_ms, cache, dropped, interventions, consent, created_at)
       VALUES ('${old}', 'r', 'stylist', 1, 'm', 0, 'p0', 'generate', ${streamed}, 200, 1, 'miss', '[]', 4, 'log', 1)`,
    );
    await database.query(
      `INSERT INTO shadow_answers (id, inference_id, target, provider, model, latency_ms, created_at)
       VALUES ('${oldShadow}', '${old}', 't', 'p', 'm', 1, 1)`,
    );
    const store = await openStore({ url: database.url });
    store.recorder.recordInference(next);
    store.recorder.recordShadow(createShadow(next.id));
    await store.flush();
    const kept = await store.reader.readInference(old);
    expect(kept?.inference).toMatchObject({ ...UNKNOWN.inference, promptVersion: "p0", interventions: 4 });
    expect(kept?.shadows).toMatchObject([{ id: oldShadow, ...UNKNOWN.shadow }]);
    const told = await store.reader.readInference(next.id);
    expect(told?.inference).toMatchObject({ decoding: "tightened", interventions: 2, fieldRetries: 1 });
    expect(told?.shadows).toMatchObject([{ decoding: "constrained", promptVersion: "p2", fieldRetries: 3 }]);
    await store.close();
  });

  it("the spool is drained", async () => {
    await using database = await kind.create();
    const spoolDir = mkdtempSync(join(tmpdir(), "tailor-earlier-"));
    const inference = createInference();
    const shadow = createShadow(inference.id);
    const written = await openDatabase(database.url);
    const plans = createTablePlans(written.tables);
    await written.close();
    const encode = createRecordingEncoder(plans, { hasBooleans: !isSqlite });
    const spoolThen = (recording: Recording): SpooledEntry => {
      const unit = {
        id: recording.record.id,
        promise: null,
        origin: findOrigin(recording),
        rows: encode(recording),
      };
      const { rows, ...rest } = JSON.parse(createSpooledEntry(unit, plans).text);
      for (const { table, values } of rows as { table: string; values: Record<string, unknown> }[]) {
        if (table === "inference" || table === "shadow") {
          delete values.decoding;
          delete values.field_retries;
        }
        if (table === "shadow") {
          delete values.prompt_version;
          delete values.interventions;
        }
      }
      return { id: unit.id, kind: "rows", promise: null, text: JSON.stringify({ ...rest, rows }) };
    };
    const id = createUuidV7();
    const folder = createWriterFolder(spoolDir, id);
    const spool = createSpool(join(spoolDir, id), { maxBytes: 1_000_000 });
    const entries = [
      spoolThen({ kind: "inference", record: inference }),
      spoolThen({ kind: "shadow", record: shadow }),
    ];
    spool.append(entries, { isDurable: true });
    spool.seal();
    folder.close();
    const store = await openStore({ url: database.url, spoolDir });
    await expect.poll(() => database.count("shadow_answers"), PATIENCE).toBe(1);
    const pair = await store.reader.readInference(inference.id);
    expect(pair?.inference).toEqual({ ...inference, ...UNKNOWN.inference });
    expect(pair?.shadows).toEqual([{ ...shadow, ...UNKNOWN.shadow }]);
    expect(store.stats()).toMatchObject({ failed: 0, damaged: 0 });
    await store.close();
  });
});
