import { sql } from "../drizzle.ts";
import {
  type HardCheckVerdict,
  PRIVACY_POLICIES,
  type ShadowRecord,
  type Verdict,
} from "../inference-log.ts";
import type { ColumnKit } from "./sqlite-kit.ts";

/**
 * The other half of a pair. It is worth keeping when its inference was lost, has expired, or was written by another
 * instance and is not there yet.
 */
export function createShadowTables({
  table,
  index,
  uuid,
  text,
  exactText,
  json,
  integer,
  bigint,
  real,
}: ColumnKit) {
  const shadowAnswers = table(
    "shadow_answers",
    {
      id: uuid().primaryKey(),
      inferenceId: uuid().notNull(),
      /** As the inference's: its row may be gone when its user is erased. */
      stickyKeyHash: text(),
      target: text().notNull(),
      provider: text().notNull(),
      model: exactText().notNull(),
      modelVersion: exactText(),
      /** Null, as the next three, in the rows of versions that did not note it. */
      decoding: text().$type<ShadowRecord["decoding"]>(),
      promptVersion: text(),
      interventions: integer(),
      fieldRetries: integer(),
      licenseClass: text(),
      policyVersion: text().notNull().default(PRIVACY_POLICIES.off),
      answer: exactText(),
      /** Null for an answer of one text. */
      choices: json<readonly unknown[]>(),
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
      createdAt: bigint().notNull(),
    },
    (row) => [
      // Holds the agreement as well, so that a range of it is read off the index.
      index("shadow_answers_inference_id_index").on(row.inferenceId, row.agreement),
      index("shadow_answers_target_index").on(row.target, row.id),
      index("shadow_answers_sticky_key_hash_index")
        .on(row.stickyKeyHash)
        .where(sql`sticky_key_hash is not null`),
    ],
  );
  return { shadowAnswers };
}
