import { index, integer, real, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { HardCheckVerdict, Verdict } from "../inference-log.ts";
import { exactText, id, json } from "./columns.ts";

/**
 * The other half of a pair. No foreign key: a shadow answer is worth keeping when its inference was dropped by a full
 * queue, has expired, or was written by another instance and is not there yet.
 */
export const shadowAnswers = sqliteTable(
  "shadow_answers",
  {
    id: id(),
    inferenceId: text().notNull(),
    target: text().notNull(),
    provider: text().notNull(),
    model: exactText().notNull(),
    modelVersion: exactText(),
    licenseClass: text(),
    answer: exactText(),
    finishReason: text(),
    errorKind: text(),
    errorMessage: exactText(),
    schemaVerdict: text().$type<Verdict>(),
    hardChecks: json<readonly HardCheckVerdict[]>(),
    agreement: real(),
    promptTokens: integer(),
    completionTokens: integer(),
    costUsd: real(),
    latencyMs: real().notNull(),
    ttftMs: real(),
    createdAt: integer().notNull(),
  },
  (table) => [
    index("shadow_answers_inference_id_index").on(table.inferenceId),
    index("shadow_answers_target_index").on(table.target, table.createdAt),
  ],
);
