import { createRequire } from "node:module";

// drizzle-kit compiles this file to a form that has no `import.meta.url`, and runs in the repository.
const require = createRequire(import.meta.url ?? `${process.cwd()}/`);

/**
 * Drizzle by `require`: as ES modules its files, which import each other in circles, take five times the CPU to link
 * and leave 300 MB of garbage behind in every process (measured on Node 24), as CommonJS 28 MB.
 */
const orm: typeof import("drizzle-orm") = require("drizzle-orm");

export const {
  and,
  asc,
  desc,
  eq,
  exists,
  getTableColumns,
  getTableName,
  gt,
  gte,
  inArray,
  isNull,
  lt,
  lte,
  or,
  sql,
} = orm;

export const { toSnakeCase }: typeof import("drizzle-orm/casing") = require("drizzle-orm/casing");
export const { readMigrationFiles }: typeof import("drizzle-orm/migrator") = require("drizzle-orm/migrator");
export const sqliteCore: typeof import("drizzle-orm/sqlite-core") = require("drizzle-orm/sqlite-core");
export const postgresCore: typeof import("drizzle-orm/pg-core") = require("drizzle-orm/pg-core");
export const { drizzle: drizzleSqlite }: typeof import("drizzle-orm/better-sqlite3") =
  require("drizzle-orm/better-sqlite3");
export const { drizzle: drizzlePostgres }: typeof import("drizzle-orm/node-postgres") =
  require("drizzle-orm/node-postgres");
