import type { SQL } from "drizzle-orm";
import { and, eq, exists, gte, lte, or, sql } from "./drizzle.ts";
import { isStoredPlainly } from "./exact-text.ts";
import type { PairFilter } from "./inference-log.ts";
import type { LogDatabase } from "./open-database.ts";
import { matchRareRows } from "./rare-rows.ts";
import type { SearchRange } from "./search-range.ts";

type Database = Pick<LogDatabase, "queries" | "tables" | "address">;

/**
 * A filter's conditions on `inferences` but for its times, which `findSearchRange` minds; undefined ones are none. What
 * they ask other tables is asked of the range's rows alone (`isWithin`): a planner may start there.
 */
export function matchFilter(
  database: Database,
  { filter, isWithin }: { readonly filter: PairFilter; readonly isWithin: SearchRange["isWithin"] },
): (SQL | undefined)[] {
  const { inferences } = database.tables;
  const { route, target, consent } = filter;
  return [
    route === undefined ? undefined : eq(inferences.route, route),
    target === undefined ? undefined : eq(inferences.target, target),
    consent === undefined ? undefined : eq(inferences.consent, consent),
    matchStatus(database, filter.status),
    matchVerdict(database, filter.verdict),
    matchFallback(database, filter.hasFallback),
    matchShadows(database, filter, isWithin),
    matchFeedback(database, filter.hasFeedback, isWithin),
    filter.text === undefined ? undefined : matchText(database, filter.text),
  ];
}

function matchStatus({ tables }: Database, status: number | undefined): SQL | undefined {
  const { inferences } = tables;
  if (status === undefined) return undefined;
  return status === 200
    ? eq(inferences.status, 200)
    : and(matchRareRows(tables).failed, eq(inferences.status, status));
}

function matchVerdict({ tables }: Database, verdict: PairFilter["verdict"]): SQL | undefined {
  const { inferences } = tables;
  if (verdict === undefined) return undefined;
  if (verdict === "none") return sql`${inferences.verdict} is null`;
  return verdict === "fail" ? matchRareRows(tables).verdictFailed : eq(inferences.verdict, verdict);
}

function matchFallback({ tables }: Database, wanted: boolean | undefined): SQL | undefined {
  if (wanted === undefined) return undefined;
  return wanted ? matchRareRows(tables).fellBack : sql`${tables.inferences.fallbackReason} is null`;
}

function matchShadows(
  { queries, tables }: Database,
  filter: PairFilter,
  isWithin: SearchRange["isWithin"],
): SQL | undefined {
  const { inferences, shadowAnswers } = tables;
  const { hasShadow, minAgreement, maxAgreement } = filter;
  const range = and(
    minAgreement === undefined ? undefined : gte(shadowAnswers.agreement, minAgreement),
    maxAgreement === undefined ? undefined : lte(shadowAnswers.agreement, maxAgreement),
  );
  if (hasShadow === undefined && range === undefined) return undefined;
  const found = exists(
    queries
      .select({ one: sql`1` })
      .from(shadowAnswers)
      .where(and(isWithin(shadowAnswers.inferenceId), eq(shadowAnswers.inferenceId, inferences.id), range)),
  );
  return hasShadow === false ? sql`not ${found}` : found;
}

function matchFeedback(
  { queries, tables }: Database,
  wanted: boolean | undefined,
  isWithin: SearchRange["isWithin"],
): SQL | undefined {
  const { inferences, feedback } = tables;
  if (wanted === undefined) return undefined;
  const found = exists(
    queries
      .select({ one: sql`1` })
      .from(feedback)
      .where(and(isWithin(feedback.inferenceId), eq(feedback.inferenceId, inferences.id))),
  );
  return wanted ? found : sql`not ${found}`;
}

function matchText({ queries, tables, address }: Database, text: string): SQL {
  const { inferences, inferenceBodies } = tables;
  // PostgreSQL's LIKE minds capitals, SQLite's does not.
  const contains = (column: SQL, part: string): SQL => {
    const pattern = `%${part.replace(/[\\%_]/g, "\\$&")}%`;
    return address.dialect === "postgres"
      ? sql`${column} ilike ${pattern}`
      : sql`${column} like ${pattern} escape '\\'`;
  };
  // The request is stored as JSON, so its text is looked for in the form it has there. An answer may be JSON too: the
  // model's own, or that of a text that no database holds as it is.
  const escaped = JSON.stringify(text).slice(1, -1);
  const inRequest = contains(sql`${inferenceBodies.request}`, escaped);
  const forms = new Set([escaped, ...(isStoredPlainly(text) ? [text] : [])]);
  const inAnswer = or(
    ...[...forms].map((form) => contains(sql`${inferenceBodies.answer}`, form)),
    contains(sql`${inferenceBodies.choices}`, escaped),
  );
  return exists(
    queries
      .select({ one: sql`1` })
      .from(inferenceBodies)
      .where(and(eq(inferenceBodies.inferenceId, inferences.id), or(inRequest, inAnswer))),
  );
}
