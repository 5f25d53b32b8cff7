import { sql } from "../drizzle.ts";
import type { FeedbackRecord } from "../inference-log.ts";
import type { ColumnKit } from "./sqlite-kit.ts";

/** What people said of an answer. */
export function createFeedbackTables({ table, index, uuid, text, exactText, json, bigint, real }: ColumnKit) {
  const feedback = table(
    "feedback",
    {
      id: uuid().primaryKey(),
      inferenceId: uuid().notNull(),
      /** As the inference's: its row may be gone when its user is erased. */
      stickyKeyHash: text(),
      score: real(),
      verdict: text().$type<NonNullable<FeedbackRecord["verdict"]>>(),
      correction: json<unknown>(),
      comment: exactText(),
      createdAt: bigint().notNull(),
    },
    (row) => [
      index("feedback_inference_id_index").on(row.inferenceId),
      index("feedback_sticky_key_hash_index").on(row.stickyKeyHash).where(sql`sticky_key_hash is not null`),
    ],
  );
  return { feedback };
}
