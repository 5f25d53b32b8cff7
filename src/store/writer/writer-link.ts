import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { StoreLogger } from "../store-logger.ts";
import type { WriterReply, WriterRequest, WriterSetup } from "./writer-messages.ts";

const RESTART_AFTER_MS = 200;

export interface WriterLink {
  send(request: WriterRequest): void;
  /** Asks the thread to finish what it was sent and waits for it to end, or ends it when the signal aborts. */
  close(request: Extract<WriterRequest, { kind: "close" }>, signal: AbortSignal): Promise<void>;
}

export interface WriterLinkOptions {
  readonly setup: WriterSetup;
  readonly logger: StoreLogger;
  readonly onReply: (reply: WriterReply) => void;
  /** The thread died and a new one runs: what was not answered has to be sent again. */
  readonly onRestart: () => void;
}

/** The writer thread, kept alive. Requests sent while it restarts are left out: `onRestart` sends them again. */
export function createWriterLink(options: WriterLinkOptions): WriterLink {
  let isClosing = false;
  let worker: Worker | null = start();

  function start(): Worker {
    const started = new Worker(new URL("./writer-thread.ts", import.meta.url), { workerData: options.setup });
    started.on("message", options.onReply);
    // The exit that follows restarts the thread. The message could quote a statement, so only the name is logged.
    started.on("error", (error) => options.logger.error({ error: error.name }, "store writer failed"));
    started.on("exit", () => {
      if (worker !== started) return;
      worker = null;
      if (!isClosing) setTimeout(restart, RESTART_AFTER_MS);
    });
    return started;
  }

  function restart(): void {
    if (isClosing) return;
    options.logger.warn({}, "store writer starts again");
    worker = start();
    options.onRestart();
  }

  return {
    send: (request) => worker?.postMessage(request),

    async close(request, signal) {
      isClosing = true;
      const closing = worker;
      if (closing === null) return;
      const ended = once(closing, "exit");
      closing.postMessage(request);
      const end = (): void => void closing.terminate();
      if (signal.aborted) end();
      signal.addEventListener("abort", end);
      await ended;
      signal.removeEventListener("abort", end);
    },
  };
}
