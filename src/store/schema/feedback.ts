import { index, integer, real, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { FeedbackRecord } from "../inference-log.ts";
import { exactText, id, json } from "./columns.ts";

/** What people said of an answer. No foreign key, for the reason given at `shadowAnswers`. */
export const feedback = sqliteTable(
  "feedback",
  {
    id: id(),
    inferenceId: text().notNull(),
    score: real(),
    verdict: text().$type<NonNullable<FeedbackRecord["verdict"]>>(),
    correction: json<unknown>(),
    comment: exactText(),
    createdAt: integer().notNull(),
  },
  (table) => [index("feedback_inference_id_index").on(table.inferenceId)],
);
