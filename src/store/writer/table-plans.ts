import type { Column, Table } from "drizzle-orm";
import { getTableColumns, getTableName, toSnakeCase } from "../drizzle.ts";
import type { Tables } from "../schema/tables.ts";
import type { ColumnForm, TablePlan, TablePlans } from "./writer-messages.ts";

/** Reads off the Drizzle tables what the writer thread needs to insert rows. */
export function createTablePlans(tables: Tables): TablePlans {
  const { inferences, inferenceBodies, attempts, shadowAnswers, feedback } = tables;
  return {
    // A failed check's reason quotes the answer.
    inference: createTablePlan(inferences, { key: inferences.id, contents: [inferences.hardChecks] }),
    body: createTablePlan(inferenceBodies, {
      key: inferenceBodies.inferenceId,
      contents: [inferenceBodies.request, inferenceBodies.answer, inferenceBodies.choices],
    }),
    attempt: createTablePlan(attempts, { key: attempts.id, contents: [] }),
    shadow: createTablePlan(shadowAnswers, {
      key: shadowAnswers.id,
      // Some upstreams' errors quote the request.
      contents: [
        shadowAnswers.answer,
        shadowAnswers.choices,
        shadowAnswers.errorMessage,
        shadowAnswers.hardChecks,
      ],
    }),
    feedback: createTablePlan(feedback, {
      key: feedback.id,
      contents: [feedback.comment, feedback.correction],
    }),
  };
}

function createTablePlan(
  table: Table,
  { key, contents }: { readonly key: Column; readonly contents: readonly Column[] },
): TablePlan {
  return {
    table: getTableName(table),
    key: toSnakeCase(key.name),
    columns: Object.entries(getTableColumns(table)).map(([property, column]) => ({
      name: toSnakeCase(column.name),
      property,
      form: findForm(column),
      type: column.getSQLType(),
      isContent: contents.includes(column),
    })),
  };
}

/** The kits' columns are told apart by what they make of a value: the same question for both databases. */
function findForm(column: Column): ColumnForm {
  if (column.dataType === "boolean") return "flag";
  if (column.dataType !== "json" && column.dataType !== "custom") return "plain";
  return column.mapToDriverValue("text") === "text" ? "exact" : "json";
}
