import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { exactText, id, json } from "./columns.ts";

/** Candidates for the data set. */
export const samples = sqliteTable(
  "samples",
  {
    id: id(),
    /** Where it came from: "log", "feedback", "synth", … */
    source: text().notNull(),
    inputHash: text().notNull(),
    input: json<unknown>().notNull(),
    output: json<unknown>().notNull(),
    inferenceId: text(),
    target: text(),
    licenseClass: text().notNull(),
    state: text().$type<"candidate" | "accepted" | "rejected">().notNull(),
    reasons: json<readonly string[]>().notNull(),
    createdAt: integer().notNull(),
  },
  (table) => [
    index("samples_state_index").on(table.state, table.id),
    index("samples_input_hash_index").on(table.inputHash),
    index("samples_inference_id_index").on(table.inferenceId),
  ],
);

/** People's decisions on samples; a sample may have several. */
export const reviews = sqliteTable(
  "reviews",
  {
    id: id(),
    sampleId: text()
      .notNull()
      .references(() => samples.id, { onDelete: "cascade" }),
    reviewer: exactText().notNull(),
    decision: text().$type<"accept" | "reject" | "skip">().notNull(),
    /** The edited plan when the reviewer changed it. */
    correction: json<unknown>(),
    comment: exactText(),
    durationMs: integer(),
    createdAt: integer().notNull(),
  },
  (table) => [index("reviews_sample_id_index").on(table.sampleId)],
);
