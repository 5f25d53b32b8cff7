import type { Client } from "pg";
import { groupRows } from "./group-rows.ts";
import type { TablePlan, TablePlans, WriteUnit } from "./writer-messages.ts";

/** PostgreSQL takes 65,535 parameters a statement. */
const ROWS_PER_STATEMENT = 100;

/** The long way to store units some of which are stored already: those are left as they are. */
export async function insertMissing(
  client: Client,
  { units, plans }: { readonly units: readonly WriteUnit[]; readonly plans: TablePlans },
): Promise<void> {
  for (const [table, rows] of groupRows(units)) {
    for (let done = 0; done < rows.length; done += ROWS_PER_STATEMENT) {
      const chunk = rows.slice(done, done + ROWS_PER_STATEMENT);
      await client.query(createInsert(plans[table], chunk.length), chunk.flat());
    }
  }
}

function createInsert({ table, key, columns }: TablePlan, rowCount: number): string {
  const names = columns.map(({ name }) => `"${name}"`).join(", ");
  let place = 0;
  const rows = Array.from({ length: rowCount }, () => `(${columns.map(() => `$${++place}`).join(", ")})`);
  return `INSERT INTO "${table}" (${names}) VALUES ${rows.join(", ")} ON CONFLICT ("${key}") DO NOTHING`;
}
