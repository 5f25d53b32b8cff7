import { redactText } from "../../privacy/redact-text.ts";
import { createUuidV7 } from "../../protocol/ids.ts";
import { sql } from "../drizzle.ts";
import type { LogDatabase } from "../open-database.ts";
import type { Statement } from "../writer/writer-messages.ts";
import { TOMBSTONE_LOCK } from "./tombstone-lock.ts";
import type { Tombstone } from "./tombstones.ts";

export interface NewTombstone extends Pick<Tombstone, "subject" | "createdAt"> {
  readonly reason: string | null;
}

/**
 * Statements, for one transaction, that write a tombstone or renew it. PostgreSQL first waits for the batches under
 * way: every batch that comes later sees the tombstone, and what an earlier one wrote is there to be deleted.
 */
export function createTombstoneStatements(
  { queries, tables, address }: Pick<LogDatabase, "queries" | "tables" | "address">,
  { subject, createdAt, reason }: NewTombstone,
): readonly Statement[] {
  const { tombstones } = tables;
  const upsert = queries
    .insert(tombstones)
    .values({
      id: createUuidV7(createdAt),
      subject,
      sequence: sql`(select coalesce(max(sequence), 0) + 1 from tombstones)`,
      // Whoever erases may write down who asked for it.
      reason: reason === null ? null : redactText(reason),
      createdAt,
    })
    .onConflictDoUpdate({
      target: tombstones.subject,
      set: {
        sequence: sql`excluded.sequence`,
        reason: sql`coalesce(excluded.reason, tombstones.reason)`,
        createdAt: sql`case when excluded.created_at > tombstones.created_at then excluded.created_at else tombstones.created_at end`,
      },
    })
    .toSQL();
  if (address.dialect === "sqlite") return [upsert];
  return [{ sql: "SELECT pg_advisory_xact_lock($1)", params: [TOMBSTONE_LOCK] }, upsert];
}
