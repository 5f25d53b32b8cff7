import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import { JsonSchemaError, JsonSchemaLimitError } from "../json-schema-error.ts";
import { MAX_SCHEMA_BYTES } from "../schema/read-schema.ts";
import { createCheckRestorer, type SchemaCheck } from "../validation/check.ts";
import { type CompileQueueOptions, createCompileQueue } from "./compile-queue.ts";
import type { SchemaForm } from "./compile-schema.ts";
import { createSharedWork, type SharedWork } from "./shared-work.ts";

interface CompiledSchema {
  /** GBNF for the schema's values. */
  readonly grammar: string;
  /** Pointers of the keywords that only `check` enforces. */
  readonly unenforced: readonly string[];
  readonly closed: readonly string[];
  readonly check: SchemaCheck;
}

export interface SchemaCompiler {
  /**
   * Rejects with JsonSchemaError when the schema cannot be used, with JsonSchemaBusyError when too many others are being
   * compiled, and with the signal's reason; a schema that nobody waits for any more is given up.
   */
  compile(schema: Readonly<Record<string, unknown>>, signal?: AbortSignal): Promise<CompiledSchema>;
  /** What `compile` has made of this very object already. */
  peek(schema: Readonly<Record<string, unknown>>): CompiledSchema | undefined;
  close(): Promise<void>;
}

const MAX_SCHEMAS = 256;
/** A usual schema takes a few tens of milliseconds, also in a thread that has just started. */
const DEFAULTS: CompileQueueOptions = {
  deadlineMs: 2000,
  firstTryMs: 200,
  maxWaiting: 32,
  maxWaitMs: 10_000,
};
/** A schema that ran out of time on a busy machine gets another chance. */
const REFUSED_TTL_MS = 60_000;
/** Keywords that run a client's regular expression over an answer, or compare every pair of items. */
const COSTLY_KEYWORDS = /"(?:pattern|patternProperties|format|uniqueItems)"/;

/**
 * Compiles clients' schemas in threads of their own and keeps the results by hash, so that a caller's usual schema is
 * compiled once, and waits for no more than a short try of each schema before it.
 */
export function createSchemaCompiler(options: Partial<CompileQueueOptions> = {}): SchemaCompiler {
  const queue = createCompileQueue({ ...DEFAULTS, ...options });
  const restoreCheck = createCheckRestorer();
  const known = new LRUCache<string, SharedWork<CompiledSchema>>({ max: MAX_SCHEMAS });
  // One request asks several times, always with the object it was parsed into.
  const byObject = new WeakMap<object, CompiledSchema>();

  function restore(text: string, { validator, ...grammar }: SchemaForm): CompiledSchema {
    const isCostly = COSTLY_KEYWORDS.test(text);
    return { ...grammar, check: restoreCheck({ validator, enforcesFormats: true, isCostly }) };
  }

  function compileText(text: string): SharedWork<CompiledSchema> {
    const key = createHash("sha256").update(text).digest("base64");
    const cached = known.get(key);
    if (cached !== undefined) return cached;
    const work = createSharedWork({
      start: async (signal) => restore(text, await queue.compile(text, signal)),
      onFailure(error) {
        if (known.get(key) !== work) return;
        if (error instanceof JsonSchemaError) known.set(key, work, { ttl: REFUSED_TTL_MS });
        else known.delete(key);
      },
    });
    known.set(key, work);
    return work;
  }

  return {
    async compile(schema, signal) {
      signal?.throwIfAborted();
      const text = JSON.stringify(schema);
      // Not even hashed: the limit is what keeps a large one from costing anything.
      if (text.length > MAX_SCHEMA_BYTES)
        throw new JsonSchemaLimitError(`# is larger than ${MAX_SCHEMA_BYTES / 1024} KB`);
      const compiled = byObject.get(schema) ?? (await compileText(text).wait(signal));
      byObject.set(schema, compiled);
      return compiled;
    },
    peek: (schema) => byObject.get(schema),
    close: () => queue.close(),
  };
}
