import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { AuditLog } from "../audit-log.ts";
import { eq } from "../drizzle.ts";
import type { LogDatabase } from "../open-database.ts";
import type { WriteBehind } from "../writer/write-behind.ts";
import { deleteRows, type ErasedRows } from "./delete-rows.ts";
import type { TombstoneShelf } from "./tombstone-shelf.ts";
import { createTombstoneStatements } from "./tombstone-statement.ts";
import { type ErasureSubject, formatSubject } from "./tombstones.ts";

export interface ErasureNote {
  readonly actor: string;
  readonly reason: string | null;
}

export interface Erasure {
  /** Unix milliseconds; a user's requests after it are logged as usual. */
  readonly erasedAt: number;
  readonly rows: ErasedRows;
  /** False when deleted contents may still lie in SQLite's write-ahead log, because somebody kept reading. */
  readonly isScrubbed: boolean;
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
  readonly writer: Pick<WriteBehind, "execute" | "scrub">;
  readonly audit: Pick<AuditLog, "append">;
  readonly now: () => number;
}

const SCRUB_TRIES = 20;
const SCRUB_PAUSE_MS = 100;

export function createErasureLog(options: ErasureLogOptions): ErasureLog {
  const { database, shelf, writer, audit, now } = options;
  const { tombstones } = database.tables;

  /** A reader or another writer can be in the way for a moment. */
  async function scrub(): Promise<boolean> {
    for (let attempt = 1; !(await writer.scrub()); attempt += 1) {
      if (attempt === SCRUB_TRIES) return false;
      await sleep(SCRUB_PAUSE_MS);
    }
    return true;
  }

  return {
    covers: shelf.covers,
    onErased: shelf.onErased,

    async erase(subject, { actor, reason }) {
      const name = formatSubject(subject);
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
      return { erasedAt, rows, isScrubbed: await scrub() };
    },
  };
}

/** The audit says that somebody was erased, not who. */
function hash(name: string): string {
  return createHash("sha256").update(name).digest("hex");
}
