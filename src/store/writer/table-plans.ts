import type { Column, Table } from "drizzle-orm";
import { getTableColumns, getTableName, toSnakeCase } from "../drizzle.ts";
import type { Tables } from "../schema/tables.ts";
import type { ColumnForm, TablePlan, TablePlans } from "./writer-messages.ts";

/** Reads off the Drizzle tables what the writer thread needs to insert rows. */
export function createTablePlans(tables: Tables): TablePlans {
  const { inferences, inferenceBodies, attempts, shadowAnswers, feedback } = tables;
  return {
    inference: createTablePlan(inferences, inferences.id),
    body: createTablePlan(inferenceBodies, inferenceBodies.inferenceId, inferenceBodies.request),
    attempt: createTablePlan(attempts, attempts.id),
    shadow: createTablePlan(shadowAnswers, shadowAnswers.id),
    feedback: createTablePlan(feedback, feedback.id),
  };
}

/** `written`: a column whose values come as JSON already. */
function createTablePlan(table: Table, key: Column, written?: Column): TablePlan {
  return {
    table: getTableName(table),
    key: toSnakeCase(key.name),
    columns: Object.entries(getTableColumns(table)).map(([property, column]) => ({
      name: toSnakeCase(column.name),
      property,
      form: column === written ? "plain" : findForm(column),
      type: column.getSQLType(),
    })),
  };
}

/** The kits' columns are told apart by what they make of a value: the same question for both databases. */
function findForm(column: Column): ColumnForm {
  if (column.dataType === "boolean") return "flag";
  if (column.dataType !== "json" && column.dataType !== "custom") return "plain";
  return column.mapToDriverValue("text") === "text" ? "exact" : "json";
}
