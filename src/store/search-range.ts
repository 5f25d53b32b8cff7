import type { SQL } from "drizzle-orm";
import { and, asc, desc, eq, gt, gte, lt, sql } from "./drizzle.ts";
import { createLowestId } from "./id-range.ts";
import type { PairFilter } from "./inference-log.ts";
import type { LogDatabase } from "./open-database.ts";
import { matchRareRows } from "./rare-rows.ts";

/** Rows that a page asks its filter's conditions of; a filter that nothing matches costs a page no more than these. */
const SEARCHED_PER_PAGE = 1_000;
/** The same where their texts are read: some kilobytes each, from a table of their own. */
const SEARCHED_TEXTS_PER_PAGE = 500;

type Tables = LogDatabase["tables"];
type IdColumn =
  | Tables["inferences"]["id"]
  | Tables["shadowAnswers"]["inferenceId"]
  | Tables["feedback"]["inferenceId"];

/** Which ids to go through: those of an index, in the order of time, that leaves out most of what cannot match. */
interface Source {
  readonly table: Tables["inferences"] | Tables["shadowAnswers"] | Tables["feedback"];
  readonly id: IdColumn;
  /** What the index lists of the table. */
  readonly condition?: SQL | undefined;
}

interface Place {
  readonly isBack: boolean;
  /** The id after which to go on. */
  readonly start: string | undefined;
}

export interface SearchRange {
  /** Whether a column of inference ids, in whichever table, is of a row in the range. */
  isWithin(id: IdColumn): SQL | undefined;
  /** The last id that the range holds; null when nothing lies behind it. */
  readonly edge: string | null;
}

/**
 * The part of the log that one page of a list looks through: everything behind `start` where an index lists the
 * filter's rows and no others, else the next thousand ids of the best index there is (500 where texts are read). The
 * page is then asked for again from `edge` on, and no filter makes one query go through the whole log.
 */
export async function findSearchRange(
  { queries, tables, address }: Pick<LogDatabase, "queries" | "tables" | "address">,
  filter: PairFilter,
  place: Place,
): Promise<SearchRange> {
  if (isListedByIndex(filter)) {
    return { isWithin: (column) => and(...limitIds(column, filter, place)), edge: null };
  }
  const { table, id, condition } = pickSource(tables, filter);
  const searched = filter.text === undefined ? SEARCHED_PER_PAGE : SEARCHED_TEXTS_PER_PAGE;
  const rows = await queries
    .select({ id })
    .from(table)
    .where(and(...limitIds(id, filter, place), condition))
    .orderBy(place.isBack ? desc(id) : asc(id))
    .limit(searched);
  // As a list, not as a subquery, which PostgreSQL may turn into a walk along both tables.
  const ids = [...new Set(rows.map((row) => row.id))];
  const isCut = rows.length === searched;
  // One parameter: a thousand of them cost more to send and plan than the rows to read.
  const isWithin =
    address.dialect === "postgres"
      ? (column: IdColumn) => sql`${column} = any(${`{${ids.join()}}`}::uuid[])`
      : (column: IdColumn) => sql`${column} in (select value from json_each(${JSON.stringify(ids)}))`;
  return { isWithin, edge: isCut ? (ids.at(-1) ?? null) : null };
}

/** The id tells the time, and it is what tables are ordered and partitioned by. */
function limitIds(id: IdColumn, { sinceMs, untilMs }: PairFilter, { isBack, start }: Place) {
  return [
    start === undefined ? undefined : (isBack ? lt : gt)(id, start),
    sinceMs === undefined ? undefined : gte(id, createLowestId(sinceMs)),
    untilMs === undefined ? undefined : lt(id, createLowestId(untilMs)),
  ];
}

/** True where the rows that match lie side by side in one index: a page is then read off it. */
function isListedByIndex({ sinceMs: _since, untilMs: _until, ...filter }: PairFilter): boolean {
  const asked = Object.entries(filter).filter(([, value]) => value !== undefined);
  if (asked.length !== 1) return asked.length === 0;
  return (
    filter.route !== undefined ||
    filter.target !== undefined ||
    filter.verdict === "fail" ||
    filter.hasFallback === true
  );
}

/** The rarest first. */
function pickSource(tables: Tables, filter: PairFilter): Source {
  const { inferences, shadowAnswers, feedback } = tables;
  const { hasFeedback, hasFallback, hasShadow, minAgreement, maxAgreement, status, verdict } = filter;
  const { failed, fellBack, verdictFailed } = matchRareRows(tables);
  const ownRows = (condition?: SQL): Source => ({ table: inferences, id: inferences.id, condition });
  if (hasFeedback === true) return { table: feedback, id: feedback.inferenceId };
  if (status !== undefined && status !== 200) return ownRows(failed);
  if (hasFallback === true) return ownRows(fellBack);
  if (verdict === "fail") return ownRows(verdictFailed);
  if (hasShadow === true || minAgreement !== undefined || maxAgreement !== undefined) {
    return { table: shadowAnswers, id: shadowAnswers.inferenceId };
  }
  if (filter.route !== undefined) return ownRows(eq(inferences.route, filter.route));
  if (filter.target !== undefined) return ownRows(eq(inferences.target, filter.target));
  return ownRows();
}
