import { asc } from "./drizzle.ts";
import type { LogDatabase } from "./open-database.ts";
import type { Tables } from "./schema/tables.ts";
import { pickErrorCode } from "./store-errors.ts";
import type { StoreLogger } from "./store-logger.ts";

export type StoredKey = Tables["apiKeys"]["$inferSelect"];

/** Every key, in memory: a database that is slow or away must not keep anybody out. */
export interface KeyShelf {
  findActive(keyHash: string): StoredKey | undefined;
  /** Oldest first, revoked ones included. */
  list(): readonly StoredKey[];
  hasActive(): boolean;
  reload(): Promise<void>;
  close(): void;
}

export interface KeyShelfOptions {
  readonly database: Pick<LogDatabase, "queries" | "tables">;
  readonly logger: StoreLogger;
}

/** Changes by other processes are seen within this time. */
const RELOAD_EVERY_MS = 500;

/** Rejects when the keys cannot be read the first time. */
export async function openKeyShelf({ database, logger }: KeyShelfOptions): Promise<KeyShelf> {
  const { queries, tables } = database;
  let keys: readonly StoredKey[] = [];
  let active = new Map<string, StoredKey>();
  let isFailing = false;
  let lastReload = 0;
  let appliedReload = 0;

  async function reload(): Promise<void> {
    lastReload += 1;
    const own = lastReload;
    const rows = await queries.select().from(tables.apiKeys).orderBy(asc(tables.apiKeys.id));
    // A reload that began later has been quicker, and knows more.
    if (own < appliedReload) return;
    appliedReload = own;
    keys = rows;
    active = new Map(keys.filter(({ revokedAt }) => revokedAt === null).map((key) => [key.keyHash, key]));
  }

  async function refresh(): Promise<void> {
    try {
      await reload();
      isFailing = false;
    } catch (error) {
      if (!isFailing) logger.warn({ code: pickErrorCode(error) }, "keys cannot be read, the known ones stay");
      isFailing = true;
    }
  }

  await reload();
  let isRefreshing = false;
  const timer = setInterval(() => {
    if (isRefreshing) return;
    isRefreshing = true;
    void refresh().finally(() => {
      isRefreshing = false;
    });
  }, RELOAD_EVERY_MS);
  timer.unref();

  return {
    findActive: (keyHash) => active.get(keyHash),
    list: () => keys,
    hasActive: () => active.size > 0,
    reload,
    close: () => clearInterval(timer),
  };
}
