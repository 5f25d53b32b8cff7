import { type DatabaseAddress, parseDatabaseUrl } from "./database-url.ts";
import { migrate } from "./migrate.ts";
import { createReadingPool } from "./postgres/connection.ts";
import { createPostgresQueries, createSqliteQueries, type Queries } from "./queries.ts";
import * as postgresTables from "./schema/postgres.ts";
import * as sqliteTables from "./schema/sqlite.ts";
import type { Tables } from "./schema/tables.ts";
import { openReadingConnection } from "./sqlite/connection.ts";

/** A migrated database, open for reading. What is written goes through the writer thread. */
export interface LogDatabase {
  readonly address: DatabaseAddress;
  readonly queries: Queries;
  readonly tables: Tables;
  close(): Promise<void>;
}

/** @throws UnusableDatabaseUrlError, DatabaseNewerError, DatabaseUnreachableError */
export async function openDatabase(url: string): Promise<LogDatabase> {
  const address = parseDatabaseUrl(url);
  await migrate({ url });
  if (address.dialect === "sqlite") {
    const connection = openReadingConnection(address.path);
    return {
      address,
      queries: createSqliteQueries(connection),
      tables: sqliteTables,
      close: async () => void connection.close(),
    };
  }
  const pool = createReadingPool(address);
  return { address, queries: createPostgresQueries(pool), tables: postgresTables, close: () => pool.end() };
}
