import type { Pool } from "pg";
import { drizzlePostgres, drizzleSqlite } from "./drizzle.ts";
import type { SqliteConnection } from "./sqlite/connection.ts";

/** Queries through Drizzle on a connection. */
export function createSqliteQueries(sqlite: SqliteConnection) {
  return drizzleSqlite({ client: sqlite, casing: "snake_case" });
}

/** Builds queries for either database; await a query to run it. `.all()`, `.get()` and `.run()` are SQLite's alone. */
export type Queries = Pick<
  ReturnType<typeof createSqliteQueries>,
  "select" | "selectDistinct" | "insert" | "update" | "delete" | "$with" | "with"
>;

/** Queries through Drizzle on a pool; a query rejects with the driver's error. */
export function createPostgresQueries(pool: Pool): Queries {
  // Typed as SQLite's for the reason given at `postgresKit`; what `Queries` picks is thenable in both.
  return drizzlePostgres({ client: pool, casing: "snake_case" }) as unknown as Queries;
}
