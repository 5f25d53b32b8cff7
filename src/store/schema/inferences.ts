import { index, integer, real, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { HardCheckVerdict, InferenceRecord, Verdict } from "../inference-log.ts";
import { exactText, id, json } from "./columns.ts";

/** One row a request, without its contents: lists and statistics read this table alone. */
export const inferences = sqliteTable(
  "inferences",
  {
    id: id(),
    requestId: exactText().notNull(),
    route: text().notNull(),
    routeVersion: integer().notNull(),
    target: text(),
    requestedModel: exactText().notNull(),
    bucket: real().notNull(),
    modelVersion: exactText(),
    adapter: text(),
    promptVersion: text(),
    licenseClass: text(),
    endpoint: text().$type<InferenceRecord["endpoint"]>().notNull(),
    streamed: integer({ mode: "boolean" }).notNull(),
    status: integer().notNull(),
    errorCode: exactText(),
    finishReason: text(),
    promptTokens: integer(),
    completionTokens: integer(),
    cachedTokens: integer(),
    costUsd: real(),
    latencyMs: real().notNull(),
    ttftMs: real(),
    cache: text().$type<InferenceRecord["cache"]>().notNull(),
    fallbackReason: text(),
    dropped: json<readonly string[]>().notNull(),
    interventions: integer(),
    stickyKeyHash: text(),
    consent: text().$type<InferenceRecord["consent"]>().notNull(),
    /** Null with `hardChecks` when nothing was judged. */
    schemaVerdict: text().$type<Verdict>(),
    hardChecks: json<readonly HardCheckVerdict[]>(),
    createdAt: integer().notNull(),
  },
  (table) => [
    index("inferences_created_at_index").on(table.createdAt, table.id),
    index("inferences_route_index").on(table.route, table.createdAt, table.id),
    index("inferences_target_index").on(table.target, table.createdAt),
    index("inferences_request_id_index").on(table.requestId),
    index("inferences_sticky_key_hash_index").on(table.stickyKeyHash),
  ],
);

/** Apart from `inferences`, so that lists never read contents and retention can drop them alone. */
export const inferenceBodies = sqliteTable("inference_bodies", {
  inferenceId: text()
    .primaryKey()
    .references(() => inferences.id, { onDelete: "cascade" }),
  request: json<unknown>(),
  answer: exactText(),
});

/** Every call to an upstream or engine inside an inference. */
export const attempts = sqliteTable(
  "attempts",
  {
    id: id(),
    inferenceId: text()
      .notNull()
      .references(() => inferences.id, { onDelete: "cascade" }),
    sequence: integer().notNull(),
    target: text().notNull(),
    provider: text().notNull(),
    model: exactText().notNull(),
    status: integer(),
    errorKind: text(),
    latencyMs: real().notNull(),
    ttftMs: real(),
    startedAt: integer().notNull(),
  },
  (table) => [index("attempts_inference_id_index").on(table.inferenceId)],
);
