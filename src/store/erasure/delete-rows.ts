import { setTimeout as sleep } from "node:timers/promises";
import type { SQL } from "drizzle-orm";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";
import { and, eq, inArray, isNull, lt, or } from "../drizzle.ts";
import { createLowestId } from "../id-range.ts";
import type { LogDatabase } from "../open-database.ts";
import type { WriteBehind } from "../writer/write-behind.ts";
import type { ErasureSubject } from "./tombstones.ts";

/** Rows deleted, by table. */
export interface ErasedRows {
  readonly inferences: number;
  readonly bodies: number;
  readonly attempts: number;
  readonly shadowAnswers: number;
  readonly feedback: number;
  readonly samples: number;
  readonly reviews: number;
}

export interface DeleteOptions {
  readonly database: Pick<LogDatabase, "queries" | "tables">;
  readonly writer: Pick<WriteBehind, "execute">;
  readonly subject: ErasureSubject;
  /** A user's requests up to this time, in Unix milliseconds. */
  readonly untilMs: number;
}

type Table = LogDatabase["tables"][keyof LogDatabase["tables"]];
/** A table, the key its rows are taken by, and which of them. */
type Selection = readonly [table: Table, key: SQLiteColumn, condition: SQL | undefined];

/** Small, and with a pause after each: the writer's own batches go in between. */
const BATCH_ROWS = 100;
const PAUSE_MS = 10;

/**
 * Deletes every row of a subject. What hangs on an inference goes before it, so that an erasure that was interrupted
 * finds its way when it is asked for again; and by the user's hash too, as the inference's own row may be gone.
 */
export async function deleteRows(options: DeleteOptions): Promise<ErasedRows> {
  const { queries, tables } = options.database;
  const { inferences, inferenceBodies, attempts, shadowAnswers, feedback, samples, reviews } = tables;
  const rows = {
    inferences: 0,
    bodies: 0,
    attempts: 0,
    shadowAnswers: 0,
    feedback: 0,
    samples: 0,
    reviews: 0,
  };

  async function deleteAll([table, key, condition]: Selection): Promise<number> {
    let deleted = 0;
    for (;;) {
      const some = queries.select({ key }).from(table).where(condition).limit(BATCH_ROWS);
      const changes = await options.writer.execute([queries.delete(table).where(inArray(key, some)).toSQL()]);
      deleted += changes;
      if (changes < BATCH_ROWS) return deleted;
      await sleep(PAUSE_MS);
    }
  }

  async function deleteSamples(condition: SQL | undefined): Promise<void> {
    const ids = queries.select({ id: samples.id }).from(samples).where(condition);
    rows.reviews += await deleteAll([reviews, reviews.id, inArray(reviews.sampleId, ids)]);
    rows.samples += await deleteAll([samples, samples.id, condition]);
  }

  async function deleteInferences(ids: readonly string[]): Promise<void> {
    const of = (column: SQLiteColumn) => inArray(column, [...ids]);
    rows.feedback += await deleteAll([feedback, feedback.id, of(feedback.inferenceId)]);
    rows.shadowAnswers += await deleteAll([shadowAnswers, shadowAnswers.id, of(shadowAnswers.inferenceId)]);
    await deleteSamples(of(samples.inferenceId));
    rows.attempts += await deleteAll([attempts, attempts.id, of(attempts.inferenceId)]);
    const bodyKey = inferenceBodies.inferenceId;
    rows.bodies += await deleteAll([inferenceBodies, bodyKey, of(bodyKey)]);
    rows.inferences += await deleteAll([inferences, inferences.id, of(inferences.id)]);
  }

  const { subject } = options;
  if (subject.kind === "inference") {
    await deleteInferences([subject.inferenceId]);
    return rows;
  }
  const { stickyKeyHash } = subject;
  const end = createLowestId(options.untilMs + 1);
  const theirs = and(eq(inferences.stickyKeyHash, stickyKeyHash), lt(inferences.id, end));
  for (;;) {
    const found = await queries
      .select({ id: inferences.id })
      .from(inferences)
      .where(theirs)
      .limit(BATCH_ROWS);
    if (found.length === 0) break;
    await deleteInferences(found.map(({ id }) => id));
    await sleep(PAUSE_MS);
  }
  for (const [name, table] of [
    ["feedback", feedback],
    ["shadowAnswers", shadowAnswers],
  ] as const) {
    const condition = and(eq(table.stickyKeyHash, stickyKeyHash), lt(table.inferenceId, end));
    rows[name] += await deleteAll([table, table.id, condition]);
  }
  const isOld = or(isNull(samples.inferenceId), lt(samples.inferenceId, end));
  await deleteSamples(and(eq(samples.userHash, stickyKeyHash), isOld));
  return rows;
}
