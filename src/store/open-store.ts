import { hostname } from "node:os";
import { createUuidV7 } from "../protocol/ids.ts";
import { type AuditLog, createAuditLog } from "./audit-log.ts";
import { createErasureLog, type ErasureLog } from "./erasure/erasure-log.ts";
import { openTombstoneShelf } from "./erasure/tombstone-shelf.ts";
import type { InferenceReader, InferenceRecorder, RouteStore } from "./inference-log.ts";
import { createInferenceReader } from "./inference-reader.ts";
import { openKeyShelf } from "./key-shelf.ts";
import { createKeyStore, type KeyStore } from "./key-store.ts";
import { type LogDatabase, openDatabase } from "./open-database.ts";
import { createRecorder } from "./recorder.ts";
import { createRetention, type Retention } from "./retention/drop-expired.ts";
import { createRouteStore } from "./route-store.ts";
import { createWriterFolder } from "./spool/writer-folder.ts";
import { type StoreLogger, silentStoreLogger } from "./store-logger.ts";
import { createRecordingEncoder } from "./writer/encode-recording.ts";
import { createEntryPacker } from "./writer/pack-entry.ts";
import { createTablePlans } from "./writer/table-plans.ts";
import { createWriteBehind } from "./writer/write-behind.ts";
import type { WriteStats } from "./writer/write-stats.ts";
import type { WriterSetup } from "./writer/writer-messages.ts";

/** The log and the configuration kept beside it, open for writing and reading. */
export interface Store {
  readonly recorder: InferenceRecorder;
  readonly reader: InferenceReader;
  readonly routes: RouteStore;
  readonly keys: KeyStore;
  readonly audit: AuditLog;
  readonly erasures: ErasureLog;
  readonly retention: Retention;
  stats(): WriteStats;
  /** Resolves when everything recorded before the call is in the database, or in the spool while that is away. */
  flush(): Promise<void>;
  /**
   * Writes what was recorded, then closes. Records that come later are dropped and counted; further calls of this wait
   * for the first.
   * Throws UnwrittenRecordsError when neither database nor spool would take everything within `deadlineMs`
   * (default 10 s).
   */
  close(deadlineMs?: number): Promise<void>;
}

export interface StoreOptions {
  /** `file:data/tailor.db` or `postgres://…`. */
  readonly url: string;
  /**
   * Folder on local disk for rows that the database does not take now, and for the count of rows owed. What earlier
   * processes left in it is brought to the database. Without it, rows wait in memory alone.
   */
  readonly spoolDir?: string | undefined;
  /** Size of this process's spool at most (default 1 GiB). */
  readonly maxSpoolBytes?: number | undefined;
  /** Records held in memory at most (default 20,000); above it new ones go to the spool, or are dropped and counted. */
  readonly maxQueuedRecords?: number | undefined;
  /** Their size in memory at most (default 256 MiB); above a quarter of it new ones go to the spool. */
  readonly maxQueuedBytes?: number | undefined;
  readonly logger?: StoreLogger | undefined;
  readonly now?: (() => number) | undefined;
}

const CLOSE_DEADLINE_MS = 10_000;
const MEBIBYTE = 1024 * 1024;

/**
 * Opens the log and migrates it first.
 * @throws UnusableDatabaseUrlError, DatabaseNewerError, DatabaseUnreachableError
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { logger = silentStoreLogger, now } = options;
  const database = await openDatabase(options.url);
  const shelf = await openKeyShelf({ database, logger });
  const tombstones = await openTombstoneShelf({ database, logger });
  const setup = createSetup(database, options);
  const folder = setup.spool === null ? null : createWriterFolder(setup.spool.folder, setup.writer.id);
  const writer = createWriteBehind({
    setup,
    limits: {
      maxRecords: options.maxQueuedRecords ?? 20_000,
      maxBytes: options.maxQueuedBytes ?? 256 * MEBIBYTE,
    },
    logger,
  });
  // A command that only reads or changes a route need not wait for the thread.
  if (folder !== null) await writer.ready();

  const pack = createEntryPacker(setup.plans, createRecordingEncoder(setup.plans, setup));
  const audit = createAuditLog({ database, writer, now });

  async function closeAll(deadlineMs: number): Promise<void> {
    try {
      await writer.close(deadlineMs);
    } finally {
      shelf.close();
      tombstones.close();
      folder?.close();
      await database.close();
    }
  }

  let closing: Promise<void> | null = null;
  return {
    recorder: createRecorder({ writer, pack, promises: folder?.promises ?? null }),
    reader: createInferenceReader(database),
    routes: createRouteStore(database, writer),
    keys: createKeyStore({ database, shelf, writer, now }),
    audit,
    erasures: createErasureLog({ database, shelf: tombstones, writer, audit, now: now ?? Date.now }),
    retention: createRetention({ database, writer, now: now ?? Date.now }),
    stats: writer.stats,
    flush: writer.flush,
    close(deadlineMs = CLOSE_DEADLINE_MS) {
      closing ??= closeAll(deadlineMs);
      return closing;
    },
  };
}

function createSetup(database: LogDatabase, { spoolDir, maxSpoolBytes }: StoreOptions): WriterSetup {
  const startedAt = Date.now();
  return {
    address: database.address,
    plans: createTablePlans(database.tables),
    hasBooleans: database.address.dialect === "postgres",
    writer: { id: createUuidV7(startedAt), host: hostname(), startedAt },
    spool: spoolDir === undefined ? null : { folder: spoolDir, maxBytes: maxSpoolBytes ?? 1024 * MEBIBYTE },
  };
}
