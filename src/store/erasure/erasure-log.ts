import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { AuditLog } from "../audit-log.ts";
import { eq } from "../drizzle.ts";
import type { LogDatabase } from "../open-database.ts";
import { StoreWriteError } from "../store-errors.ts";
import type { WriteBehind } from "../writer/write-behind.ts";
import { deleteRows, type ErasedRows } from "./delete-rows.ts";
import type { TombstoneShelf } from "./tombstone-shelf.ts";
import { createTombstoneStatements } from "./tombstone-statement.ts";
import { type ErasureSubject, formatSubject } from "./tombstones.ts";

export interface ErasureNote {
  readonly actor: string;
  readonly reason: string | null;
}

/** What an erasure did in the database. */
export interface Erasure {
  /** Unix milliseconds; a user's requests after it are logged as usual. */
  readonly erasedAt: number;
  readonly rows: ErasedRows;
  /** False when deleted contents may still lie in SQLite's write-ahead log, because somebody kept reading. */
  readonly isScrubbed: boolean;
  /**
   * True when SQLite's file was rewritten. SQLite overwrites what is deleted, but pages that were merged before can hold
   * a copy in their unused part.
   */
  readonly isCompacted: boolean;
}

export interface ErasureLog extends Pick<TombstoneShelf, "covers" | "onErased"> {
  /**
   * Writes the tombstone, then deletes every row. From the tombstone on no instance stores a row of the subject, so
   * what is on its way does not come back. A subject that nobody knows is no error.
   */
  erase(subject: ErasureSubject, note: ErasureNote): Promise<Erasure>;
}

export interface ErasureLogOptions {
  readonly database: LogDatabase;
  readonly shelf: TombstoneShelf;
  readonly writer: Pick<WriteBehind, "execute" | "flush" | "rewrite" | "scrub">;
  readonly audit: Pick<AuditLog, "append">;
  readonly now: () => number;
}

/** Rewritten within about a second, for which rows wait in the queue or the spool; larger ones when it is asked for. */
const LARGEST_REWRITE_BYTES = 128 * 1024 * 1024;
const SCRUB_TRIES = 20;
const SCRUB_PAUSE_MS = 100;

export function createErasureLog(options: ErasureLogOptions): ErasureLog {
  const { database, shelf, writer, audit, now } = options;
  const { tombstones } = database.tables;

  /** A reader or another writer can be in the way for a moment. */
  async function insist(work: () => Promise<boolean>): Promise<boolean> {
    for (let attempt = 1; attempt <= SCRUB_TRIES; attempt += 1) {
      if (await work()) return true;
      await sleep(SCRUB_PAUSE_MS);
    }
    return false;
  }

  async function compact(): Promise<boolean> {
    let isCompacted = false;
    await insist(async () => {
      try {
        isCompacted = await writer.rewrite(LARGEST_REWRITE_BYTES);
        return true;
      } catch (error) {
        // Others write, or the disk has no room for a second copy: the rows are gone all the same.
        if (error instanceof StoreWriteError) return error.code.startsWith("SQLITE_FULL");
        throw error;
      }
    });
    return isCompacted;
  }

  return {
    covers: shelf.covers,
    onErased: shelf.onErased,

    async erase(subject, { actor, reason }) {
      const name = formatSubject(subject);
      // What was answered a moment ago is to be counted, not refused unseen.
      await writer.flush();
      await writer.execute(createTombstoneStatements(database, { subject: name, reason, createdAt: now() }));
      const [tombstone] = await database.queries
        .select({ createdAt: tombstones.createdAt })
        .from(tombstones)
        .where(eq(tombstones.subject, name));
      const erasedAt = tombstone?.createdAt ?? now();
      // What this process caches goes before anybody waits for the rows.
      await shelf.refresh();
      const rows = await deleteRows({ database, writer, subject, untilMs: erasedAt });
      await audit.append({ actor, action: `${subject.kind}.erase`, subject: hash(name), detail: { rows } });
      const isCompacted = await compact();
      return { erasedAt, rows, isCompacted, isScrubbed: await insist(writer.scrub) };
    },
  };
}

/** The audit says that somebody was erased, not who. */
function hash(name: string): string {
  return createHash("sha256").update(name).digest("hex");
}
