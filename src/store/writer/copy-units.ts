import type { CopyIn } from "../postgres/copy-in.ts";
import { type CopyEncoder, createCopyEncoder } from "../postgres/encode-copy.ts";
import { groupRows } from "./group-rows.ts";
import type { LogTable, TablePlans, WriteUnit } from "./writer-messages.ts";

const TABLES = ["inference", "body", "attempt", "shadow", "feedback"] as const satisfies readonly LogTable[];

/** Units as statements that copy their rows straight into PostgreSQL's tables: one key that exists ends them. */
export interface UnitCopier {
  /** Each statement ends in a semicolon; the bytes last until the next call. */
  create(units: readonly WriteUnit[]): CopyIn;
}

interface TableCopy {
  readonly text: string;
  readonly types: readonly string[];
  readonly encoder: CopyEncoder;
}

export function createUnitCopier(plans: TablePlans): UnitCopier {
  const copies = TABLES.map((table): [LogTable, TableCopy] => {
    const { table: name, columns } = plans[table];
    const names = columns.map((column) => `"${column.name}"`).join(", ");
    const text = `COPY "${name}" (${names}) FROM STDIN (FORMAT binary); `;
    return [table, { text, types: columns.map(({ type }) => type), encoder: createCopyEncoder() }];
  });
  return {
    create(units) {
      const groups = groupRows(units);
      const parts = copies.flatMap(([table, { text, types, encoder }]) => {
        const rows = groups.get(table);
        return rows === undefined ? [] : [{ text, stream: encoder.encode(rows, types) }];
      });
      return {
        text: parts.map(({ text }) => text).join(""),
        streams: parts.map(({ stream }) => stream),
      };
    },
  };
}
