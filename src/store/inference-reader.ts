import { convertRowToListing, type InferenceRow } from "./decode-rows.ts";
import { and, asc, desc, inArray } from "./drizzle.ts";
import { isLogId } from "./id-range.ts";
import type { InferenceReader, PairFilter } from "./inference-log.ts";
import { matchFilter } from "./match-filter.ts";
import type { LogDatabase } from "./open-database.ts";
import { completePairs } from "./read-pairs.ts";
import { findSearchRange } from "./search-range.ts";

/** Pairs in memory at a time while streaming. */
const PAIRS_PER_PAGE = 100;
const LARGEST_PAGE = 500;

interface PageRequest {
  readonly limit: number;
  readonly cursor: string | undefined;
  readonly filter: PairFilter;
  readonly direction: "newest first" | "oldest first";
}

interface Page {
  readonly rows: readonly InferenceRow[];
  readonly nextCursor: string | null;
}

/** Reads the log over its own connection. Pages are found by key, not by offset: ids are in the order of time. */
export function createInferenceReader(database: LogDatabase): InferenceReader {
  const { queries } = database;
  const { inferences } = database.tables;

  async function readPage(request: PageRequest): Promise<Page> {
    const { limit, cursor, filter, direction } = request;
    const isBack = direction === "newest first";
    // A cursor is a place in the order; what is no id has none and begins anew.
    const start = cursor === undefined || !isLogId(cursor) ? undefined : cursor;
    const range = await findSearchRange(database, filter, { isBack, start });
    const rows = await queries
      .select()
      .from(inferences)
      .where(
        and(range.isWithin(inferences.id), ...matchFilter(database, { filter, isWithin: range.isWithin })),
      )
      .orderBy(isBack ? desc(inferences.id) : asc(inferences.id))
      .limit(limit);
    const last = rows.length === limit ? (rows.at(-1)?.id ?? null) : null;
    return { rows, nextCursor: last ?? range.edge };
  }

  async function* readPages(request: PageRequest): AsyncGenerator<readonly InferenceRow[]> {
    let { cursor } = request;
    do {
      const page: Page = await readPage({ ...request, cursor });
      yield page.rows;
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
  }

  async function readPairs(ids: readonly string[]) {
    const known = ids.filter(isLogId);
    const rows = await queries.select().from(inferences).where(inArray(inferences.id, known));
    const byId = new Map(rows.map((row) => [row.id, row]));
    return completePairs(
      database,
      known.flatMap((id) => byId.get(id) ?? []),
    );
  }

  return {
    async *streamPairs(filter) {
      const request = {
        limit: PAIRS_PER_PAGE,
        cursor: undefined,
        filter,
        direction: "oldest first",
      } as const;
      for await (const rows of readPages(request)) yield* await completePairs(database, rows);
    },

    async *streamInferences(filter) {
      const request = { limit: LARGEST_PAGE, cursor: undefined, filter, direction: "newest first" } as const;
      for await (const rows of readPages(request)) yield* rows.map(convertRowToListing);
    },

    async listInferences({ limit, cursor, filter = {} }) {
      const size = Math.max(1, Math.min(limit, LARGEST_PAGE));
      const page = await readPage({ limit: size, cursor, filter, direction: "newest first" });
      return { rows: page.rows.map(convertRowToListing), nextCursor: page.nextCursor };
    },

    readPairs,

    readInference: async (id) => (await readPairs([id]))[0] ?? null,
  };
}
