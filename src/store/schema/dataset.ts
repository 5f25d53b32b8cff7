import { sql } from "../drizzle.ts";
import type { ColumnKit } from "./sqlite-kit.ts";

/** Candidates for the data set and what people decided on them. */
export function createDatasetTables({ table, index, id, text, exactText, json, integer, bigint }: ColumnKit) {
  const samples = table(
    "samples",
    {
      id: id(),
      /** Where it came from: "log", "feedback", "synth", … */
      source: text().notNull(),
      inputHash: text().notNull(),
      input: json<unknown>().notNull(),
      output: json<unknown>().notNull(),
      inferenceId: text(),
      /** Hash of the sticky key of the user whose request it comes from. */
      userHash: text(),
      target: text(),
      licenseClass: text().notNull(),
      state: text().$type<"candidate" | "accepted" | "rejected">().notNull(),
      reasons: json<readonly string[]>().notNull(),
      createdAt: bigint().notNull(),
    },
    (row) => [
      index("samples_state_index").on(row.state, row.id),
      index("samples_input_hash_index").on(row.inputHash),
      index("samples_inference_id_index").on(row.inferenceId),
      index("samples_user_hash_index").on(row.userHash).where(sql`user_hash is not null`),
    ],
  );

  /** A sample may have several. */
  const reviews = table(
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
      createdAt: bigint().notNull(),
    },
    (row) => [index("reviews_sample_id_index").on(row.sampleId)],
  );

  return { samples, reviews };
}
