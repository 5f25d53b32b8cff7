import { drizzle } from "drizzle-orm/better-sqlite3";
import type { SqliteConnection } from "./connection.ts";

/** Queries through Drizzle on a connection. Apart from `connection.ts`, so that the writer thread starts without Drizzle. */
export function createQueries(sqlite: SqliteConnection) {
  return drizzle({ client: sqlite, casing: "snake_case" });
}
export type Queries = ReturnType<typeof createQueries>;
