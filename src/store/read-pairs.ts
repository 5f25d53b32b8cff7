import {
  convertRowToAttempt,
  convertRowToBody,
  convertRowToFeedback,
  convertRowToListing,
  convertRowToShadow,
  type InferenceRow,
} from "./decode-rows.ts";
import { inArray } from "./drizzle.ts";
import type { PairRow } from "./inference-log.ts";
import type { LogDatabase } from "./open-database.ts";

/** Adds bodies, attempts, shadow answers and feedback to a page of rows: four queries, whatever the page's size. */
export async function completePairs(
  { queries, tables }: Pick<LogDatabase, "queries" | "tables">,
  rows: readonly InferenceRow[],
): Promise<PairRow[]> {
  if (rows.length === 0) return [];
  const { attempts, feedback, inferenceBodies, shadowAnswers } = tables;
  const ids = rows.map((row) => row.id);
  // Put in order here: asked for an order, PostgreSQL may walk a whole table along the index that has it.
  const [bodyRows, attemptRows, shadowRows, feedbackRows] = await Promise.all([
    queries.select().from(inferenceBodies).where(inArray(inferenceBodies.inferenceId, ids)),
    queries.select().from(attempts).where(inArray(attempts.inferenceId, ids)),
    queries.select().from(shadowAnswers).where(inArray(shadowAnswers.inferenceId, ids)),
    queries.select().from(feedback).where(inArray(feedback.inferenceId, ids)),
  ]);
  const bodies = new Map(bodyRows.map((row) => [row.inferenceId, row]));
  const attemptsById = groupById(attemptRows.toSorted((one, two) => one.sequence - two.sequence));
  const shadowsById = groupById(sortByTime(shadowRows));
  const feedbackById = groupById(sortByTime(feedbackRows));
  return rows.map((row) => {
    const body = bodies.get(row.id);
    return {
      inference: {
        ...convertRowToListing(row),
        attempts: (attemptsById.get(row.id) ?? []).map(convertRowToAttempt),
        body: body === undefined ? null : convertRowToBody(body),
      },
      shadows: (shadowsById.get(row.id) ?? []).map(convertRowToShadow),
      feedback: (feedbackById.get(row.id) ?? []).map(convertRowToFeedback),
    };
  });
}

function groupById<Row extends { readonly inferenceId: string }>(rows: readonly Row[]): Map<string, Row[]> {
  return Map.groupBy(rows, (row) => row.inferenceId);
}

/** Ids tell the time. */
function sortByTime<Row extends { readonly id: string }>(rows: readonly Row[]): Row[] {
  return rows.toSorted((one, two) => (one.id < two.id ? -1 : 1));
}
