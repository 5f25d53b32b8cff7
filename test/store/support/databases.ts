import { randomUUID } from "node:crypto";
import Database from "better-sqlite3";
import pg from "pg";
import { parseDatabasePath } from "../../../src/store/database-url.ts";
import { createDatabaseUrl } from "../records.ts";

/** A database of a test's own, and a way to look into it past the store. */
export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
  /** Rows as the driver gives them. */
  query(sql: string): Promise<Record<string, unknown>[]>;
  count(table: string): Promise<number>;
}

export interface DatabaseKind {
  readonly name: string;
  create(): Promise<TestDatabase>;
}

/** The PostgreSQL server that tests make their databases on. */
const SERVER = "postgres://postgres@127.0.0.1:5432";

export const sqlite: DatabaseKind = {
  name: "SQLite",
  async create() {
    const url = createDatabaseUrl();
    const query = async (sql: string) => {
      const file = new Database(parseDatabasePath(url));
      try {
        const statement = file.prepare<[], Record<string, unknown>>(sql);
        if (statement.reader) return statement.all();
        statement.run();
        return [];
      } finally {
        file.close();
      }
    };
    return { url, query, count: countWith(query), async [Symbol.asyncDispose]() {} };
  },
};

export const postgres: DatabaseKind = {
  name: "PostgreSQL",
  async create() {
    const name = `tailor_test_${randomUUID().replaceAll("-", "")}`;
    await runOnServer(`CREATE DATABASE ${name}`);
    const url = `${SERVER}/${name}`;
    const query = async (sql: string) => {
      const client = new pg.Client(url);
      await client.connect();
      try {
        return (await client.query(sql)).rows;
      } finally {
        await client.end();
      }
    };
    return {
      url,
      query,
      count: countWith(query),
      [Symbol.asyncDispose]: () => runOnServer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
    };
  },
};

/** What the store's contract is held to. */
export const databaseKinds: readonly DatabaseKind[] = [sqlite, postgres];

function countWith(query: TestDatabase["query"]) {
  return async (table: string) => Number((await query(`SELECT count(*) AS n FROM ${table}`))[0]?.n);
}

async function runOnServer(sql: string): Promise<void> {
  const client = new pg.Client(`${SERVER}/postgres`);
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
