import { sql } from "../drizzle.ts";
import {
  type HardCheckVerdict,
  type InferenceRecord,
  PRIVACY_POLICIES,
  type Verdict,
} from "../inference-log.ts";
import type { ColumnKit } from "./sqlite-kit.ts";

/**
 * A request in the log. Its rows are written in one transaction and removed in one; there are no foreign keys between
 * them, which PostgreSQL would check row by row against every partition.
 */
export function createInferenceTables({
  table,
  index,
  uuid,
  text,
  exactText,
  json,
  integer,
  bigint,
  real,
  flag,
}: ColumnKit) {
  /** One row a request, without its contents: lists and statistics read this table alone. The id tells the time. */
  const inferences = table(
    "inferences",
    {
      id: uuid().primaryKey(),
      requestId: exactText().notNull(),
      route: text().notNull(),
      routeVersion: integer().notNull(),
      target: text(),
      requestedModel: exactText().notNull(),
      bucket: real().notNull(),
      modelVersion: exactText(),
      adapter: text(),
      decoding: text().$type<InferenceRecord["decoding"]>(),
      promptVersion: text(),
      licenseClass: text(),
      endpoint: text().$type<InferenceRecord["endpoint"]>().notNull(),
      streamed: flag().notNull(),
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
      fieldRetries: integer(),
      stickyKeyHash: text(),
      consent: text().$type<InferenceRecord["consent"]>().notNull(),
      policyVersion: text().notNull().default(PRIVACY_POLICIES.off),
      /** Of schema and hard checks together; null when nothing was judged. For filters only. */
      verdict: text().$type<Verdict>(),
      schemaVerdict: text().$type<Verdict>(),
      hardChecks: json<readonly HardCheckVerdict[]>(),
      createdAt: bigint().notNull(),
    },
    (row) => [
      index("inferences_route_index").on(row.route, row.id),
      index("inferences_target_index").on(row.target, row.id),
      index("inferences_request_id_index").on(row.requestId),
      index("inferences_sticky_key_hash_index").on(row.stickyKeyHash).where(sql`sticky_key_hash is not null`),
      // The rare ones: what goes well is found along the primary key.
      index("inferences_failed_index").on(row.id).where(sql`status <> 200`),
      index("inferences_verdict_failed_index").on(row.id).where(sql`verdict = 'fail'`),
      index("inferences_fallback_index").on(row.id).where(sql`fallback_reason is not null`),
    ],
  );

  /** Apart from `inferences`, so that lists never read contents and retention can drop them alone. */
  const inferenceBodies = table("inference_bodies", {
    inferenceId: uuid().primaryKey(),
    request: json<unknown>(),
    answer: exactText(),
    /** Null for an answer of one text. */
    choices: json<readonly unknown[]>(),
  });

  /** Every call to an upstream or engine inside an inference. */
  const attempts = table(
    "attempts",
    {
      id: uuid().primaryKey(),
      inferenceId: uuid().notNull(),
      sequence: integer().notNull(),
      target: text().notNull(),
      provider: text().notNull(),
      model: exactText().notNull(),
      status: integer(),
      errorKind: text(),
      /** Null in the rows of versions that did not count them. */
      retries: integer(),
      latencyMs: real().notNull(),
      ttftMs: real(),
      startedAt: bigint().notNull(),
    },
    (row) => [index("attempts_inference_id_index").on(row.inferenceId)],
  );

  return { inferences, inferenceBodies, attempts };
}
