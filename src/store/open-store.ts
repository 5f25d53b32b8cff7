import { type AuditLog, createAuditLog } from "./audit-log.ts";
import { openReadingConnection } from "./connection.ts";
import { parseDatabasePath } from "./database-path.ts";
import { createRecordEncoder } from "./encode-records.ts";
import type { InferenceReader, InferenceRecorder, RouteStore } from "./inference-log.ts";
import { createInferenceReader } from "./inference-reader.ts";
import { createKeyStore, type KeyStore } from "./key-store.ts";
import { migrate } from "./migrate.ts";
import { createQueries } from "./queries.ts";
import { createRouteStore } from "./route-store.ts";
import { type StoreLogger, silentStoreLogger } from "./store-logger.ts";
import { createWriteBehind, type WriteStats } from "./write-behind.ts";

export interface Store {
  readonly recorder: InferenceRecorder;
  readonly reader: InferenceReader;
  readonly routes: RouteStore;
  readonly keys: KeyStore;
  readonly audit: AuditLog;
  stats(): WriteStats;
  /** Resolves when everything recorded before the call is committed. */
  flush(): Promise<void>;
  /**
   * Writes what was recorded, then closes. Records that come later are dropped and counted.
   * Throws UnwrittenRecordsError when the database would not take everything within `deadlineMs` (default 10 s).
   */
  close(deadlineMs?: number): Promise<void>;
}

export interface StoreOptions {
  /** `file:data/tailor.db`. */
  readonly url: string;
  /** Records held in memory at most (default 20,000); above it new ones are dropped and counted. */
  readonly maxQueuedRecords?: number | undefined;
  /** Their size in memory at most (default 256 MiB). */
  readonly maxQueuedBytes?: number | undefined;
  readonly logger?: StoreLogger | undefined;
  readonly now?: (() => number) | undefined;
}

const CLOSE_DEADLINE_MS = 10_000;

/**
 * Opens the log on SQLite and migrates it first.
 * @throws UnusableDatabaseUrlError, DatabaseNewerError
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const path = parseDatabasePath(options.url);
  migrate({ url: options.url });
  const connection = openReadingConnection(path);
  const queries = createQueries(connection);
  const encoder = createRecordEncoder(queries);
  const writer = createWriteBehind({
    setup: { path, inserts: encoder.inserts },
    limits: {
      maxRecords: options.maxQueuedRecords ?? 20_000,
      maxBytes: options.maxQueuedBytes ?? 256 * 1024 * 1024,
    },
    logger: options.logger ?? silentStoreLogger,
  });

  return {
    recorder: {
      recordInference: (record) => writer.record(record.id, () => encoder.encodeInference(record)),
      recordShadow: (record) => writer.record(record.id, () => encoder.encodeShadow(record)),
      recordFeedback: (record) => writer.record(record.id, () => encoder.encodeFeedback(record)),
      flush: writer.flush,
      stats: writer.stats,
    },
    reader: createInferenceReader(queries),
    routes: createRouteStore(queries, writer),
    keys: createKeyStore({ queries, writer, now: options.now }),
    audit: createAuditLog({ queries, writer, now: options.now }),
    stats: writer.stats,
    flush: writer.flush,
    async close(deadlineMs = CLOSE_DEADLINE_MS) {
      try {
        await writer.close(deadlineMs);
      } finally {
        connection.close();
      }
    },
  };
}
