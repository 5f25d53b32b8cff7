import type { DriverValue, LogTable, WriteUnit } from "./writer-messages.ts";

/** The units' rows by table. */
export function groupRows(units: readonly WriteUnit[]): ReadonlyMap<LogTable, (readonly DriverValue[])[]> {
  const groups = new Map<LogTable, (readonly DriverValue[])[]>();
  for (const { rows } of units) {
    for (const { table, values } of rows) {
      const group = groups.get(table);
      if (group === undefined) groups.set(table, [values]);
      else group.push(values);
    }
  }
  return groups;
}
