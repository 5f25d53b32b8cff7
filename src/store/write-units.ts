import type Database from "better-sqlite3";
import type { SqliteConnection } from "./connection.ts";
import { isDatabaseTrouble, pickErrorCode } from "./store-errors.ts";
import type { Statement, WriteFailure, WriterSetup, WriteUnit } from "./writer-messages.ts";

export interface UnitWriter {
  /**
   * Commits the units and returns those that the database refused for their content. Throws when the database itself
   * cannot write; units committed before that are skipped by the next try, as inserts leave existing rows alone.
   */
  write(units: readonly WriteUnit[]): readonly WriteFailure[];
  /** Runs the statements in one transaction; returns how many rows they changed. */
  execute(statements: readonly Statement[]): number;
}

export function createUnitWriter(sqlite: SqliteConnection, inserts: WriterSetup["inserts"]): UnitWriter {
  const prepared = new Map<string, Database.Statement>();
  const prepare = (table: string): Database.Statement => {
    const known = prepared.get(table);
    if (known !== undefined) return known;
    const statement = sqlite.prepare(inserts[table] ?? "");
    prepared.set(table, statement);
    return statement;
  };

  const commit = sqlite.transaction((units: readonly WriteUnit[]) => {
    for (const unit of units) {
      for (const row of unit.rows) prepare(row.table).run(row.values);
    }
  });

  const execute = sqlite.transaction((statements: readonly Statement[]) =>
    statements.reduce((sum, { sql, params }) => sum + sqlite.prepare(sql).run(params).changes, 0),
  );

  /** Halves a refused batch until the bad units stand alone, so that one of them does not take the rest along. */
  function write(units: readonly WriteUnit[]): readonly WriteFailure[] {
    try {
      commit.immediate(units);
      return [];
    } catch (error) {
      const code = pickErrorCode(error);
      if (isDatabaseTrouble(code)) throw error;
      const [first] = units;
      if (first === undefined) return [];
      if (units.length === 1) return [{ id: first.id, code }];
      const middle = units.length >> 1;
      return [...write(units.slice(0, middle)), ...write(units.slice(middle))];
    }
  }

  return { write, execute: (statements) => execute.immediate(statements) };
}
