import { Worker } from "node:worker_threads";
import { JsonSchemaBusyError, JsonSchemaError, JsonSchemaLimitError } from "../json-schema-error.ts";
import { TimeLimitExceeded } from "../validation/run-limited.ts";
import type { CompileReply, CompileRequest } from "./compile-messages.ts";
import type { SchemaForm } from "./compile-schema.ts";

export interface CompileThread {
  /**
   * Rejects with JsonSchemaError when the schema cannot be used or meets the deadline, with TimeLimitExceeded when it
   * takes longer than a try, with JsonSchemaBusyError when it waits too long for its turn, and with the signal's
   * reason: a schema that waits then leaves the line, one at hand is broken off unless it only has a short try.
   */
  compile(text: string, signal: AbortSignal): Promise<SchemaForm>;
  /** Refuses the one that would have its turn last; false when none waits. */
  refuseLast(error: Error): boolean;
  /** Schemas that wait for their turn. */
  readonly length: number;
  close(): Promise<void>;
}

export interface CompileThreadOptions {
  /** How long one schema may take before it is handed back; null = up to the deadline. */
  readonly tryMs: number | null;
  /** A schema that takes longer costs the thread its life. */
  readonly deadlineMs: number;
  /** How long a schema may wait for its turn. */
  readonly maxWaitMs: number;
}

interface Task {
  readonly text: string;
  readonly resolve: (form: SchemaForm) => void;
  readonly reject: (error: unknown) => void;
  /** It waits no longer. */
  readonly leaveLine: () => void;
}

/** One worker thread that compiles schemas in the order in which they come. It starts with the first of them. */
export function createCompileThread(options: CompileThreadOptions): CompileThread {
  const { tryMs, deadlineMs, maxWaitMs } = options;
  const waiting: Task[] = [];
  let worker: Worker | undefined;
  let isReady = false;
  let current: Task | undefined;
  let timer: NodeJS.Timeout | undefined;

  function start(): void {
    isReady = false;
    const started = new Worker(new URL("./compile-worker.ts", import.meta.url));
    started.unref();
    started.on("message", (reply: CompileReply) => started === worker && take(reply));
    // A thread that dies by itself, of too little memory for instance, takes the schema at hand with it.
    started.on(
      "error",
      () => started === worker && stop(new JsonSchemaLimitError("# takes too much to compile")),
    );
    worker = started;
  }

  function take(reply: CompileReply): void {
    if (reply.kind === "ready") isReady = true;
    else {
      clearTimeout(timer);
      if (reply.kind === "compiled") current?.resolve(reply.form);
      else if (reply.kind === "late")
        current?.reject(new TimeLimitExceeded(`not compiled within ${tryMs} ms`));
      else current?.reject(new (reply.isLimit ? JsonSchemaLimitError : JsonSchemaError)(reply.reason));
      current = undefined;
    }
    next();
  }

  function next(): void {
    if (current !== undefined || waiting.length === 0) {
      worker?.[current === undefined ? "unref" : "ref"]();
      return;
    }
    if (worker === undefined) start();
    // Somebody is waiting for an answer.
    worker?.ref();
    if (!isReady) return;
    current = waiting[0];
    if (current === undefined) return;
    current.leaveLine();
    timer = setTimeout(() => stop(new JsonSchemaLimitError("# takes too long to compile")), deadlineMs);
    worker?.postMessage({ text: current.text, tryMs } satisfies CompileRequest);
  }

  function stop(reason: unknown): void {
    clearTimeout(timer);
    const task = current ?? waiting[0];
    current = undefined;
    const stopped = worker;
    worker = undefined;
    void stopped?.terminate();
    task?.leaveLine();
    task?.reject(reason);
    next();
  }

  function giveUp(task: Task, reason: unknown): void {
    task.leaveLine();
    task.reject(reason);
    // A short try is over sooner than another thread would be there.
    if (task === current && tryMs === null) stop(reason);
  }

  return {
    get length() {
      return waiting.length;
    },
    async compile(text, signal) {
      signal.throwIfAborted();
      const { promise, resolve, reject } = Promise.withResolvers<SchemaForm>();
      const leaveLine = () => {
        clearTimeout(patience);
        const index = waiting.indexOf(task);
        if (index >= 0) waiting.splice(index, 1);
      };
      const task: Task = { text, resolve, reject, leaveLine };
      const patience = setTimeout(() => giveUp(task, new JsonSchemaBusyError()), maxWaitMs);
      const onAbort = () => giveUp(task, signal.reason);
      signal.addEventListener("abort", onAbort, { once: true });
      waiting.push(task);
      next();
      return await promise.finally(() => signal.removeEventListener("abort", onAbort));
    },
    refuseLast(error) {
      const last = waiting.at(-1);
      if (last !== undefined) giveUp(last, error);
      return last !== undefined;
    },
    async close() {
      const closed = new Error("The schema compiler is closed.");
      for (const task of [...waiting]) giveUp(task, closed);
      current?.reject(closed);
      clearTimeout(timer);
      await worker?.terminate();
    },
  };
}
