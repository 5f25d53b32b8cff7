import { JsonSchemaBusyError } from "../json-schema-error.ts";
import { TimeLimitExceeded } from "../validation/run-limited.ts";
import type { SchemaForm } from "./compile-schema.ts";
import { createCompileThread } from "./compile-thread.ts";

export interface CompileQueue {
  /**
   * Rejects with JsonSchemaError when the schema cannot be used or takes too long, with JsonSchemaBusyError when the
   * line is full or the wait too long, and with the signal's reason.
   */
  compile(text: string, signal: AbortSignal): Promise<SchemaForm>;
  close(): Promise<void>;
}

export interface CompileQueueOptions {
  readonly deadlineMs: number;
  /** What a schema gets at first. */
  readonly firstTryMs: number;
  /** Schemas that wait, those for a first and those for a long try together. */
  readonly maxWaiting: number;
  /** How long a schema may wait for each of its tries. */
  readonly maxWaitMs: number;
}

/**
 * Two threads behind a bounded line. Every schema has a short try first; what needs longer is tried again, from the
 * beginning, in a thread for such schemas. So a usual schema waits for the short tries before it, however long their
 * schemas may take. New schemas push those that wait for a long try out of a full line.
 */
export function createCompileQueue(options: CompileQueueOptions): CompileQueue {
  const { deadlineMs, firstTryMs, maxWaiting, maxWaitMs } = options;
  const quick = createCompileThread({ tryMs: firstTryMs, deadlineMs, maxWaitMs });
  const patient = createCompileThread({ tryMs: null, deadlineMs, maxWaitMs });

  const isFull = () => quick.length + patient.length >= maxWaiting;

  return {
    async compile(text, signal) {
      if (isFull() && !patient.refuseLast(new JsonSchemaBusyError())) throw new JsonSchemaBusyError();
      try {
        return await quick.compile(text, signal);
      } catch (error) {
        if (!(error instanceof TimeLimitExceeded)) throw error;
      }
      if (isFull()) throw new JsonSchemaBusyError();
      return await patient.compile(text, signal);
    },
    async close() {
      await Promise.all([quick.close(), patient.close()]);
    },
  };
}
