import { createHash, timingSafeEqual } from "node:crypto";
import { LRUCache } from "lru-cache";
import { OpenAiError } from "../protocol/openai-error.ts";
import { type GatewayContext, readHeader } from "./gateway-env.ts";
import type { Consent } from "./inference-trace.ts";

/** A stored key as the edge needs it. */
interface AccessKey {
  readonly id: string;
  /** "inference", "admin" or both. */
  readonly scopes: readonly string[];
  /** The most this key's requests may be used for; null leaves it to the route. */
  readonly consent: Consent | null;
}

/** Where keys are looked up; the store's key store fits. */
export interface AccessKeys {
  hasActiveKey(): boolean;
  /** The active key's row, or null. */
  verify(key: string): AccessKey | null;
  list(): readonly { readonly scopes: readonly string[]; readonly revokedAt: number | null }[];
}

export interface Caller {
  /** Keeps cached answers of different keys apart. */
  readonly tenant: string;
  readonly consent: Consent | null;
}

export interface Access {
  /** Throws OpenAiError 401. */
  admitCaller(c: GatewayContext): Caller;
  /** Throws OpenAiError 401 or 403. */
  admitAdmin(c: GatewayContext): void;
}

export interface AccessOptions {
  readonly keys: AccessKeys;
  /** True when the server is bound to a loopback address. */
  readonly isLoopback: boolean;
  readonly adminKey: string | undefined;
}

/** Whoever calls while there are no keys. */
const ANYONE: Caller = { tenant: "anyone", consent: null };

/** How long a looked-up key is believed: a revoked key works no longer than this. */
const KEY_TTL_MS = 1000;

/**
 * Who may call. On loopback any bearer passes until a first key exists; everywhere else a key is needed. Without an
 * admin key, admin calls are for this machine's own programs: a loopback `Host` and no page of another origin.
 */
export function createAccess({ keys, isLoopback, adminKey }: AccessOptions): Access {
  const callers = new LRUCache<string, { readonly caller: Caller | null }>({ max: 10_000, ttl: KEY_TTL_MS });
  const adminHash = adminKey === undefined ? undefined : hash(adminKey);

  function isAdminKey(bearer: string): boolean {
    if (adminHash !== undefined && timingSafeEqual(hash(bearer), adminHash)) return true;
    return keys.verify(bearer)?.scopes.includes("admin") ?? false;
  }

  function hasAdminKey(): boolean {
    return (
      adminHash !== undefined ||
      keys.list().some((key) => key.revokedAt === null && key.scopes.includes("admin"))
    );
  }

  function findCaller(bearer: string): Caller | null {
    if (isLoopback && !keys.hasActiveKey()) return ANYONE;
    if (bearer === "") return null;
    if (adminHash !== undefined && timingSafeEqual(hash(bearer), adminHash)) {
      return { tenant: "admin", consent: null };
    }
    const key = keys.verify(bearer);
    return key?.scopes.includes("inference") ? { tenant: key.id, consent: key.consent } : null;
  }

  return {
    admitCaller(c) {
      const bearer = readBearer(c) ?? "";
      // Hashed, so that no key lies in memory longer than its request.
      const id = hash(bearer).toString("base64");
      const entry = callers.get(id) ?? { caller: findCaller(bearer) };
      callers.set(id, entry, { noUpdateTTL: true });
      if (entry.caller === null) throw createKeyError(bearer);
      if (entry.caller === ANYONE) assertOwnOrigin(c);
      return entry.caller;
    },

    admitAdmin(c) {
      const bearer = readBearer(c) ?? "";
      if (bearer !== "" && isAdminKey(bearer)) return;
      if (hasAdminKey()) throw createKeyError(bearer);
      assertLocal(c, isLoopback);
    },
  };
}

function hash(secret: string): Buffer {
  return createHash("sha256").update(secret).digest();
}

function readBearer(c: GatewayContext): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(readHeader(c, "authorization") ?? "")?.[1];
}

function createKeyError(bearer: string): OpenAiError {
  const message =
    bearer === ""
      ? "You didn't provide an API key. Send it as: Authorization: Bearer <key>."
      : "Incorrect API key provided.";
  return new OpenAiError(message, { status: 401, code: "invalid_api_key" });
}

function assertLocal(c: GatewayContext, isLoopback: boolean): void {
  const host = parseHostName(`http://${readHeader(c, "host") ?? new URL(c.req.url).host}`);
  if (!isLoopback || !isLoopbackName(host)) throw createForeignError("Admin calls from elsewhere");
  assertOwnOrigin(c);
}

/** A page from elsewhere, open in a browser on this machine, must not use what is open to this machine. */
function assertOwnOrigin(c: GatewayContext): void {
  const origin = readHeader(c, "origin");
  if (origin !== undefined && !isLoopbackName(parseHostName(origin))) {
    throw createForeignError("Calls from another site's page");
  }
}

function createForeignError(who: string): OpenAiError {
  return new OpenAiError(`${who} need a key: set TAILOR_ADMIN_KEY or make one with "tailor keys create".`, {
    status: 403,
    code: "key_required",
  });
}

function parseHostName(url: string): string {
  return URL.parse(url)?.hostname ?? "";
}

/** Also used to decide whether the bind address needs keys. */
export function isLoopbackName(name: string): boolean {
  const bare = name.replace(/^\[|\]$/g, "");
  return bare === "localhost" || bare === "::1" || /^127(\.\d{1,3}){3}$/.test(bare);
}
