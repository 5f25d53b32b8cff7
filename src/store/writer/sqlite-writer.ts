import type Database from "better-sqlite3";
import type { Tombstone, Tombstones } from "../erasure/tombstones.ts";
import { openWritingConnection, type SqliteConnection } from "../sqlite/connection.ts";
import type { DatabaseWriter, WriteOptions, WriterEnd, WriterProgress } from "./database-writer.ts";
import type { LogTable, Statement, TablePlan, TablePlans, WriteUnit } from "./writer-messages.ts";

/** Short: while it lasts the thread can do nothing else, and rows can go to the spool. */
const BUSY_TIMEOUT_MS = 50;

const KEEP_PROGRESS = `INSERT INTO log_writers (id, host, sequence, started_at, updated_at) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET sequence = max(sequence, excluded.sequence), updated_at = excluded.updated_at`;
const SETTLE_WRITER = `INSERT INTO log_writers (id, host, sequence, lost, started_at, updated_at) VALUES ($id, '', $promised, max(0, $promised - $spooled) + $damaged, $now, $now)
  ON CONFLICT (id) DO UPDATE SET lost = coalesce(lost, max(0, $promised - max(sequence, $spooled)) + $damaged), updated_at = $now
  RETURNING lost`;

const READ_TOMBSTONES =
  "SELECT subject, sequence, created_at AS createdAt FROM tombstones WHERE sequence > ? ORDER BY sequence";

interface WriterParts {
  readonly plans: TablePlans;
  /** Brought up to date with every batch. */
  readonly tombstones: Tombstones;
}

/** Writes to SQLite. The file is opened when it is first needed, and again after trouble that a new opening may cure. */
export function createSqliteWriter(path: string, parts: WriterParts): DatabaseWriter {
  let connection: ReturnType<typeof connect> | null = null;
  const use = () => {
    connection ??= connect(openWritingConnection(path, { busyTimeoutMs: BUSY_TIMEOUT_MS }), parts);
    return connection;
  };

  return {
    commit: async (units, options) => use().commit(units, options),
    execute: async (statements) => use().execute(statements),
    settleWriter: async (end) => use().settle(end),
    async removeWriter(id) {
      use().sqlite.prepare("DELETE FROM log_writers WHERE id = ?").run(id);
    },
    countLost: async () =>
      Number(use().sqlite.prepare("SELECT coalesce(sum(lost), 0) FROM log_writers").pluck().get()),
    scrub: async () => use().scrub(),
    rewrite: async (maxBytes) => use().rewrite(maxBytes),
    maintain: async () => undefined,
    async close() {
      connection?.sqlite.close();
      connection = null;
    },
  };
}

function connect(sqlite: SqliteConnection, { plans, tombstones }: WriterParts) {
  // Index pages that random keys fall on stay in memory, and pages that change often reach the file less often.
  sqlite.pragma("cache_size = -65536");
  sqlite.pragma("wal_autocheckpoint = 4000");
  const inserts = new Map<LogTable, Database.Statement>();
  const prepareInsert = (table: LogTable): Database.Statement => {
    const known = inserts.get(table);
    if (known !== undefined) return known;
    const statement = sqlite.prepare(createInsert(plans[table]));
    inserts.set(table, statement);
    return statement;
  };

  const insertUnits = sqlite.transaction((units: readonly WriteUnit[], progress: WriterProgress | null) => {
    // Under the write lock: an erasure comes before this batch and is seen, or after it and finds its rows.
    tombstones.add(sqlite.prepare<[number], Tombstone>(READ_TOMBSTONES).all(tombstones.sequence));
    const kept = units.filter(({ origin }) => !tombstones.covers(origin));
    for (const { rows } of kept) {
      for (const { table, values } of rows) prepareInsert(table).run(values);
    }
    if (progress !== null) {
      const { writer, sequence } = progress;
      sqlite.prepare(KEEP_PROGRESS).run(writer.id, writer.host, sequence, writer.startedAt, Date.now());
    }
    return units.length - kept.length;
  });

  const execute = sqlite.transaction((statements: readonly Statement[]) =>
    statements.reduce((sum, { sql, params }) => sum + sqlite.prepare(sql).run(params).changes, 0),
  );

  return {
    sqlite,
    commit(units: readonly WriteUnit[], { progress, isDurable }: WriteOptions): number {
      if (!isDurable) return insertUnits.immediate(units, progress);
      // NORMAL leaves the last commits to the disk's cache; whoever waits for these wants them through a power cut.
      sqlite.pragma("synchronous = FULL");
      try {
        return insertUnits.immediate(units, progress);
      } finally {
        sqlite.pragma("synchronous = NORMAL");
      }
    },
    rewrite(maxBytes: number): boolean {
      const pages = Number(sqlite.prepare("PRAGMA page_count").pluck().get());
      const pageBytes = Number(sqlite.prepare("PRAGMA page_size").pluck().get());
      if (pages * pageBytes > maxBytes) return false;
      sqlite.exec("VACUUM");
      return true;
    },
    scrub(): boolean {
      return sqlite.prepare<[], { busy: number }>("PRAGMA wal_checkpoint(TRUNCATE)").get()?.busy === 0;
    },
    execute: (statements: readonly Statement[]): number => execute.immediate(statements),
    settle: ({ id, promised, spooled, damaged, nowMs }: WriterEnd): number =>
      Number(sqlite.prepare(SETTLE_WRITER).pluck().get({ id, promised, spooled, damaged, now: nowMs }) ?? 0),
  };
}

function createInsert({ table, key, columns }: TablePlan): string {
  const names = columns.map(({ name }) => `"${name}"`).join(", ");
  const places = columns.map(() => "?").join(", ");
  return `INSERT INTO "${table}" (${names}) VALUES (${places}) ON CONFLICT ("${key}") DO NOTHING`;
}
