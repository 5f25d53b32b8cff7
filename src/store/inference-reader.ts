import { and, asc, desc, eq, exists, gte, inArray, type SQL, sql } from "drizzle-orm";
import {
  convertRowToAttempt,
  convertRowToFeedback,
  convertRowToListing,
  convertRowToShadow,
} from "./decode-rows.ts";
import type { InferenceReader, PairFilter, PairRow } from "./inference-log.ts";
import type { Queries } from "./queries.ts";
import { attempts, feedback, inferenceBodies, inferences, shadowAnswers } from "./schema/index.ts";

/** Pairs in memory at a time while streaming. */
const PAIRS_PER_PAGE = 50;
const LARGEST_PAGE = 500;

type InferenceRow = typeof inferences.$inferSelect;
type Position = Pick<InferenceRow, "id" | "createdAt">;

/** Reads the log over its own connection. Queries are synchronous and small; pages are found by key, not by offset. */
export function createInferenceReader(queries: Queries): InferenceReader {
  return {
    async *streamPairs(filter) {
      let position: Position | null = null;
      while (true) {
        const after: SQL | undefined = position === null ? undefined : isBeyond(position, sql`>`);
        const rows: InferenceRow[] = queries
          .select()
          .from(inferences)
          .where(and(after, ...matchFilter(queries, filter)))
          .orderBy(asc(inferences.createdAt), asc(inferences.id))
          .limit(PAIRS_PER_PAGE)
          .all();
        yield* completePairs(queries, rows);
        position = rows.at(-1) ?? null;
        if (position === null || rows.length < PAIRS_PER_PAGE) return;
      }
    },

    async listInferences({ limit, cursor, filter }) {
      const size = Math.max(1, Math.min(limit, LARGEST_PAGE));
      const before = cursor === undefined ? undefined : isBeyond(findPosition(queries, cursor), sql`<`);
      const rows = queries
        .select()
        .from(inferences)
        .where(and(before, ...matchFilter(queries, filter ?? {})))
        .orderBy(desc(inferences.createdAt), desc(inferences.id))
        .limit(size)
        .all();
      return {
        rows: rows.map(convertRowToListing),
        nextCursor: rows.length === size ? (rows.at(-1)?.id ?? null) : null,
      };
    },

    async readInference(id) {
      const rows = queries.select().from(inferences).where(eq(inferences.id, id)).all();
      return completePairs(queries, rows)[0] ?? null;
    },
  };
}

/** Row-value comparison: SQLite answers it from the (created_at, id) index. */
function isBeyond(position: Position, than: SQL): SQL {
  return sql`(${inferences.createdAt}, ${inferences.id}) ${than} (${position.createdAt}, ${position.id})`;
}

/** Where a cursor stands; by the time in the UUIDv7 when its row is gone. */
function findPosition(queries: Queries, id: string): Position {
  const row = queries
    .select({ id: inferences.id, createdAt: inferences.createdAt })
    .from(inferences)
    .where(eq(inferences.id, id))
    .get();
  return row ?? { id, createdAt: Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16) || 0 };
}

function matchFilter(queries: Queries, filter: PairFilter): (SQL | undefined)[] {
  const hasRowIn = (table: typeof shadowAnswers | typeof feedback, wanted: boolean | undefined) => {
    if (wanted === undefined) return undefined;
    const found = exists(
      queries.select({ one: sql`1` }).from(table).where(eq(table.inferenceId, inferences.id)),
    );
    return wanted ? found : sql`not ${found}`;
  };
  return [
    filter.route === undefined ? undefined : eq(inferences.route, filter.route),
    filter.sinceMs === undefined ? undefined : gte(inferences.createdAt, filter.sinceMs),
    filter.consent === undefined ? undefined : eq(inferences.consent, filter.consent),
    hasRowIn(shadowAnswers, filter.hasShadow),
    hasRowIn(feedback, filter.hasFeedback),
  ];
}

/** Adds bodies, attempts, shadow answers and feedback to a page of rows: four queries, whatever the page's size. */
function completePairs(queries: Queries, rows: readonly InferenceRow[]): PairRow[] {
  if (rows.length === 0) return [];
  const ids = rows.map((row) => row.id);
  const bodyRows = queries
    .select()
    .from(inferenceBodies)
    .where(inArray(inferenceBodies.inferenceId, ids))
    .all();
  const bodies = new Map(bodyRows.map((row) => [row.inferenceId, row]));
  const attemptRows = groupById(
    queries
      .select()
      .from(attempts)
      .where(inArray(attempts.inferenceId, ids))
      .orderBy(attempts.sequence)
      .all(),
  );
  const shadowRows = groupById(
    queries
      .select()
      .from(shadowAnswers)
      .where(inArray(shadowAnswers.inferenceId, ids))
      .orderBy(shadowAnswers.id)
      .all(),
  );
  const feedbackRows = groupById(
    queries.select().from(feedback).where(inArray(feedback.inferenceId, ids)).orderBy(feedback.id).all(),
  );
  return rows.map((row) => {
    const body = bodies.get(row.id);
    return {
      inference: {
        ...convertRowToListing(row),
        attempts: (attemptRows.get(row.id) ?? []).map(convertRowToAttempt),
        body: body === undefined ? null : { request: body.request, answer: body.answer },
      },
      shadows: (shadowRows.get(row.id) ?? []).map(convertRowToShadow),
      feedback: (feedbackRows.get(row.id) ?? []).map(convertRowToFeedback),
    };
  });
}

function groupById<Row extends { readonly inferenceId: string }>(rows: readonly Row[]): Map<string, Row[]> {
  return Map.groupBy(rows, (row) => row.inferenceId);
}
