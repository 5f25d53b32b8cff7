import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import { JsonSchemaLimitError } from "../json-schema-error.ts";
import { MAX_SCHEMA_BYTES } from "../schema/read-schema.ts";
import { createCheckRestorer, type SchemaCheck } from "../validation/check.ts";
import type { SchemaForm } from "./compile-schema.ts";
import { createCompileThread } from "./compile-thread.ts";

interface CompiledSchema {
  /** GBNF for the schema's values. */
  readonly grammar: string;
  /** Pointers of the keywords that only `check` enforces. */
  readonly unenforced: readonly string[];
  readonly closed: readonly string[];
  readonly check: SchemaCheck;
}

export interface SchemaCompiler {
  /** Rejects with JsonSchemaError when the schema cannot be used. */
  compile(schema: Readonly<Record<string, unknown>>): Promise<CompiledSchema>;
  /** What `compile` has made of this very object already. */
  peek(schema: Readonly<Record<string, unknown>>): CompiledSchema | undefined;
  close(): Promise<void>;
}

const MAX_SCHEMAS = 256;
const DEADLINE_MS = 2000;
/** A schema that ran out of time on a busy machine gets another chance. */
const REFUSED_TTL_MS = 60_000;
/** Keywords that run a client's regular expression over an answer, or compare every pair of items. */
const COSTLY_KEYWORDS = /"(?:pattern|patternProperties|format|uniqueItems)"/;

/**
 * Compiles clients' schemas in a thread of their own and keeps the results by hash, so that a caller's usual schema
 * is compiled once and nobody's schema holds up anybody else.
 */
export function createSchemaCompiler({ deadlineMs = DEADLINE_MS } = {}): SchemaCompiler {
  const thread = createCompileThread({ deadlineMs });
  const restoreCheck = createCheckRestorer();
  const known = new LRUCache<string, Promise<CompiledSchema>>({ max: MAX_SCHEMAS });
  // One request asks several times, always with the object it was parsed into.
  const byObject = new WeakMap<object, CompiledSchema>();

  function restore(text: string, { validator, ...grammar }: SchemaForm): CompiledSchema {
    const isCostly = COSTLY_KEYWORDS.test(text);
    return { ...grammar, check: restoreCheck({ validator, enforcesFormats: true, isCostly }) };
  }

  function compileText(text: string): Promise<CompiledSchema> {
    const key = createHash("sha256").update(text).digest("base64");
    const cached = known.get(key);
    if (cached !== undefined) return cached;
    const compiled = thread.compile(text).then((form) => restore(text, form));
    known.set(key, compiled);
    compiled.catch(() => known.set(key, compiled, { ttl: REFUSED_TTL_MS }));
    return compiled;
  }

  return {
    async compile(schema) {
      const text = JSON.stringify(schema);
      // Not even hashed: the limit is what keeps a large one from costing anything.
      if (text.length > MAX_SCHEMA_BYTES)
        throw new JsonSchemaLimitError(`# is larger than ${MAX_SCHEMA_BYTES / 1024} KB`);
      const compiled = byObject.get(schema) ?? (await compileText(text));
      byObject.set(schema, compiled);
      return compiled;
    },
    peek: (schema) => byObject.get(schema),
    close: () => thread.close(),
  };
}
