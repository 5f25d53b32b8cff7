import type { ClientBase } from "pg";
import { listMissingPartitions } from "./partitions.ts";

/** What PostgreSQL can say of its own state without reading every page. */
export interface PostgresState {
  /** What is wrong and what to do, a sentence each; empty when nothing was found. */
  readonly damage: readonly string[];
  /** What was looked at. */
  readonly looked: string;
}

/** Looks at indexes, page checksums and partitions; an empty database has none of them. */
export async function examinePostgres(client: ClientBase, nowMs: number): Promise<PostgresState> {
  const indexes = await listInvalidIndexes(client);
  const failures = await readChecksumFailures(client);
  const missing = await listMissingPartitions(client, nowMs);
  const damage = [
    ...indexes.map((name) => `index ${name} is invalid: run REINDEX INDEX ${name}.`),
    ...(failures > 0 ? [`${failures} pages failed their checksums: restore a backup.`] : []),
  ];
  const checksums = failures < 0 ? "it keeps no page checksums" : "no page failed its checksum";
  const partitions =
    missing.length === 0 ? "" : `; partitions ${missing.join(", ")} are missing, which a start makes`;
  return { damage, looked: `no index is invalid, ${checksums}${partitions}` };
}

/** Those of the log's schema, by names that `REINDEX INDEX` takes. One that is being made at this moment counts too. */
async function listInvalidIndexes(client: ClientBase): Promise<string[]> {
  const { rows } = await client.query(
    `SELECT indexrelid::regclass::text AS name FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
     WHERE relnamespace = current_schema()::regnamespace AND NOT (indisvalid AND indisready) ORDER BY name`,
  );
  return rows.map(({ name }) => String(name));
}

/** -1 where the server keeps no checksums. */
async function readChecksumFailures(client: ClientBase): Promise<number> {
  const { rows } = await client.query(
    "SELECT coalesce(checksum_failures, -1) AS failures FROM pg_stat_database WHERE datname = current_database()",
  );
  return Number(rows[0]?.failures ?? -1);
}
