import { createHash, randomBytes } from "node:crypto";
import { createUuidV7 } from "../protocol/ids.ts";
import { and, eq, isNull } from "./drizzle.ts";
import type { KeyShelf, StoredKey } from "./key-shelf.ts";
import type { LogDatabase } from "./open-database.ts";
import { isUniqueViolation } from "./store-errors.ts";
import type { WriteBehind } from "./writer/write-behind.ts";

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
  /** The active key's row, or null. From memory or one indexed lookup; never waits for a server. */
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
  readonly database: Pick<LogDatabase, "queries" | "tables">;
  readonly shelf: KeyShelf;
  readonly writer: Pick<WriteBehind, "execute">;
  readonly now?: (() => number) | undefined;
}

/**
 * Keys by their SHA-256: they are long random strings, so a slow password hash would add nothing but time to every
 * request, and the lookup by hash leaks nothing of the key through its timing.
 */
export function createKeyStore({ database, shelf, writer, now = Date.now }: KeyStoreOptions): KeyStore {
  const { queries } = database;
  const { apiKeys } = database.tables;

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
    const statement = queries
      .insert(apiKeys)
      .values({ ...row, keyHash: hashKey(key) })
      .toSQL();
    try {
      await writer.execute([statement]);
    } catch (error) {
      throw isUniqueViolation(error) ? new KeyExistsError() : error;
    }
    await shelf.reload();
    return row;
  }

  return {
    async create(data) {
      const key = `tlr-${randomBytes(32).toString("base64url")}`;
      return { key, row: await add(key, data) };
    },

    import: ({ key, ...data }) => add(key, data),

    verify(key) {
      const row = shelf.findActive(hashKey(key));
      return row === undefined ? null : hideHash(row);
    },

    list: () => shelf.list().map(hideHash),

    hasActiveKey: () => shelf.hasActive(),

    async revoke(id) {
      const revoked = and(eq(apiKeys.id, id), isNull(apiKeys.revokedAt));
      const changes = await writer.execute([
        queries.update(apiKeys).set({ revokedAt: now() }).where(revoked).toSQL(),
      ]);
      await shelf.reload();
      return changes > 0;
    },
  };
}

function hashKey(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}

function hideHash({ keyHash: _, ...row }: StoredKey): KeyRow {
  return row;
}
