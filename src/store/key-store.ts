import { createHash, randomBytes } from "node:crypto";
import { and, asc, eq, isNull } from "drizzle-orm";
import { createUuidV7 } from "../protocol/ids.ts";
import type { Queries } from "./queries.ts";
import { apiKeys } from "./schema/index.ts";
import { StoreWriteError } from "./store-errors.ts";
import type { WriteBehind } from "./write-behind.ts";

type KeyScope = "inference" | "admin";

/** A key as people may see it: never the key, never its hash. */
interface KeyRow {
  readonly id: string;
  readonly name: string;
  /** First characters, to recognise it by. */
  readonly prefix: string;
  readonly scopes: readonly string[];
  /** The most that requests with this key consent to; null leaves it to the route. */
  readonly consent: "none" | "log" | "train" | null;
  readonly createdAt: number;
  readonly revokedAt: number | null;
}

interface NewKey {
  readonly name: string;
  readonly scopes: readonly KeyScope[];
  readonly consent?: KeyRow["consent"] | undefined;
}

export interface KeyStore {
  /** A fresh key; `key` is shown this once. */
  create(key: NewKey): Promise<{ readonly key: string; readonly row: KeyRow }>;
  /** Admits a key that exists elsewhere. Throws KeyExistsError. */
  import(key: NewKey & { readonly key: string }): Promise<KeyRow>;
  /** The active key's row, or null. One indexed lookup. */
  verify(key: string): KeyRow | null;
  /** Oldest first, revoked ones included. */
  list(): readonly KeyRow[];
  hasActiveKey(): boolean;
  /** False when there is no such active key. */
  revoke(id: string): Promise<boolean>;
}

/** That key is known already, possibly revoked. */
export class KeyExistsError extends Error {
  override readonly name = "KeyExistsError";

  constructor() {
    super("That key is known already.");
  }
}

export interface KeyStoreOptions {
  readonly queries: Queries;
  readonly writer: Pick<WriteBehind, "execute">;
  readonly now?: (() => number) | undefined;
}

/**
 * Keys by their SHA-256: they are long random strings, so a slow password hash would add nothing but time to every
 * request, and the lookup by hash leaks nothing of the key through its timing.
 */
export function createKeyStore({ queries, writer, now = Date.now }: KeyStoreOptions): KeyStore {
  async function add(key: string, { name, scopes, consent = null }: NewKey): Promise<KeyRow> {
    const createdAt = now();
    const row: KeyRow = {
      id: createUuidV7(createdAt),
      name,
      prefix: key.slice(0, Math.min(8, key.length >> 2)),
      scopes,
      consent,
      createdAt,
      revokedAt: null,
    };
    try {
      await writer.execute([
        queries
          .insert(apiKeys)
          .values({ ...row, keyHash: hashKey(key) })
          .toSQL(),
      ]);
    } catch (error) {
      const isTaken = error instanceof StoreWriteError && error.code.startsWith("SQLITE_CONSTRAINT_UNIQUE");
      throw isTaken ? new KeyExistsError() : error;
    }
    return row;
  }

  return {
    async create(data) {
      const key = `tlr-${randomBytes(32).toString("base64url")}`;
      return { key, row: await add(key, data) };
    },

    import: ({ key, ...data }) => add(key, data),

    verify(key) {
      const row = queries
        .select()
        .from(apiKeys)
        .where(and(eq(apiKeys.keyHash, hashKey(key)), isNull(apiKeys.revokedAt)))
        .get();
      return row === undefined ? null : hideHash(row);
    },

    list: () => queries.select().from(apiKeys).orderBy(asc(apiKeys.id)).all().map(hideHash),

    hasActiveKey: () =>
      queries.select({ id: apiKeys.id }).from(apiKeys).where(isNull(apiKeys.revokedAt)).limit(1).get() !==
      undefined,

    async revoke(id) {
      const revoked = and(eq(apiKeys.id, id), isNull(apiKeys.revokedAt));
      const changes = await writer.execute([
        queries.update(apiKeys).set({ revokedAt: now() }).where(revoked).toSQL(),
      ]);
      return changes > 0;
    },
  };
}

function hashKey(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}

function hideHash({ keyHash: _, ...row }: typeof apiKeys.$inferSelect): KeyRow {
  return row;
}
