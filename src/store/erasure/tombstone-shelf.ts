import type { LogDatabase } from "../open-database.ts";
import { pickErrorCode } from "../store-errors.ts";
import type { StoreLogger } from "../store-logger.ts";
import { readTombstones } from "./read-tombstones.ts";
import { createTombstones, type Tombstone, type Tombstones } from "./tombstones.ts";

/** The tombstones of all instances, followed while the store is open. */
export interface TombstoneShelf extends Pick<Tombstones, "covers"> {
  /** Called with tombstones that are new here, after `covers` knows them. */
  onErased(listener: (tombstones: readonly Tombstone[]) => void): void;
  /** Looks now. Rejects when the database is away. */
  refresh(): Promise<void>;
  close(): void;
}

/** Erasures by other processes are seen within this time. */
const REFRESH_EVERY_MS = 500;

/** Rejects when the tombstones cannot be read the first time. */
export async function openTombstoneShelf({
  database,
  logger,
}: {
  readonly database: Pick<LogDatabase, "queries" | "tables">;
  readonly logger: StoreLogger;
}): Promise<TombstoneShelf> {
  const known = createTombstones();
  const listeners: ((tombstones: readonly Tombstone[]) => void)[] = [];
  let isFailing = false;
  let tail: Promise<void> = Promise.resolve();

  async function read(): Promise<void> {
    const found = await readTombstones(database, known.sequence);
    if (found.length === 0) return;
    known.add(found);
    for (const listener of listeners) listener(found);
  }

  /** One look at a time, so that none is told twice. */
  function refresh(): Promise<void> {
    const look = tail.then(read);
    tail = look.catch(() => undefined);
    return look;
  }

  async function follow(): Promise<void> {
    try {
      await refresh();
      isFailing = false;
    } catch (error) {
      if (!isFailing) logger.warn({ code: pickErrorCode(error) }, "erasures cannot be read for now");
      isFailing = true;
    }
  }

  await refresh();
  let isFollowing = false;
  const timer = setInterval(() => {
    if (isFollowing) return;
    isFollowing = true;
    void follow().finally(() => {
      isFollowing = false;
    });
  }, REFRESH_EVERY_MS);
  timer.unref();

  return {
    covers: known.covers,
    onErased: (listener) => void listeners.push(listener),
    refresh,
    close: () => clearInterval(timer),
  };
}
