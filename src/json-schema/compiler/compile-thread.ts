import { Worker } from "node:worker_threads";
import { JsonSchemaError, JsonSchemaLimitError } from "../json-schema-error.ts";
import type { CompileReply, CompileRequest } from "./compile-messages.ts";
import type { SchemaForm } from "./compile-schema.ts";

export interface CompileThread {
  /** Rejects with JsonSchemaError when the schema cannot be used or takes too long. */
  compile(text: string): Promise<SchemaForm>;
  close(): Promise<void>;
}

interface Task extends CompileRequest {
  readonly resolve: (form: SchemaForm) => void;
  readonly reject: (error: Error) => void;
}

/**
 * One worker thread that compiles schemas in the order in which they come. It starts with the first of them. A schema
 * past the deadline costs the thread its life; the next one gets a new thread.
 */
export function createCompileThread({ deadlineMs }: { readonly deadlineMs: number }): CompileThread {
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
    started.on("error", () => started === worker && stop("# takes too much to compile"));
    worker = started;
  }

  function take(reply: CompileReply): void {
    if (reply.kind === "ready") isReady = true;
    else {
      clearTimeout(timer);
      if (reply.kind === "compiled") current?.resolve(reply.form);
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
    current = waiting.shift();
    timer = setTimeout(() => stop("# takes too long to compile"), deadlineMs);
    worker?.postMessage({ text: current?.text ?? "" } satisfies CompileRequest);
  }

  function stop(reason: string): void {
    clearTimeout(timer);
    const task = current ?? waiting.shift();
    current = undefined;
    const stopped = worker;
    worker = undefined;
    void stopped?.terminate();
    task?.reject(new JsonSchemaLimitError(reason));
    next();
  }

  return {
    compile: (text) =>
      new Promise((resolve, reject) => {
        waiting.push({ text, resolve, reject });
        next();
      }),
    async close() {
      for (const task of waiting.splice(0)) task.reject(new Error("The schema compiler is closed."));
      current?.reject(new Error("The schema compiler is closed."));
      clearTimeout(timer);
      await worker?.terminate();
    },
  };
}
