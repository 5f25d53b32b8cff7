import type { InferenceListing, InferenceReader, PairFilter } from "../store/inference-log.ts";

/** A row is named by the time its request came, and written when that is answered: so long later, it is still found. */
const LATE_MS = 120_000;

type Lists = Pick<InferenceReader, "streamInferences">;

export interface FollowOptions {
  readonly filter: PairFilter;
  /** Ids that are not to come again: what `listRecent` found before the newest rows were shown, and these. */
  readonly known: ReadonlySet<string>;
  /** Called before every look. */
  readonly wait: () => Promise<void>;
  readonly now: () => number;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** The rows that come, in batches, oldest first, until `signal` ends it. Requests of more than two minutes are left out. */
export async function* followLog(
  reader: Lists,
  { filter, known, wait, now, signal }: FollowOptions,
): AsyncGenerator<readonly InferenceListing[]> {
  let seen = known;
  while (true) {
    await wait();
    if (signal.aborted) return;
    const rows = await listRecent(reader, { filter, nowMs: now() });
    const fresh = rows.filter(({ id }) => !seen.has(id));
    seen = new Set(rows.map(({ id }) => id));
    if (fresh.length > 0) yield fresh.reverse();
  }
}

/** The rows of the last two minutes, newest first. */
export async function listRecent(
  reader: Lists,
  { filter, nowMs }: { readonly filter: PairFilter; readonly nowMs: number },
): Promise<InferenceListing[]> {
  const recent = { ...filter, sinceMs: Math.max(filter.sinceMs ?? 0, nowMs - LATE_MS) };
  const rows: InferenceListing[] = [];
  for await (const row of reader.streamInferences(recent)) rows.push(row);
  return rows;
}
