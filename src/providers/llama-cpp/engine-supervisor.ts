import { type ChildProcess, fork } from "node:child_process";
import type { EngineMail, EngineSettings, FromEngine, ToEngine } from "./engine-messages.ts";
import { createLastWords } from "./last-words.ts";

const FIRST_BACKOFF_MS = 200;
const MAX_BACKOFF_MS = 30_000;
/** An engine that lived this long is trusted again. */
const STABLE_MS = 60_000;
const KILL_AFTER_MS = 2000;
/** What a process wrote last may come after the news of its end; a grandchild could hold the stream open. */
const LAST_WORDS_MS = 200;
const NOT_STARTED = "the engine process could not be started";
const SEMI_SPACE_MEGABYTES = 8;

/** How an engine process ended. */
export interface EngineDeath {
  readonly reason: string;
  /** What its native code said about it, without anything that could be a client's text; null when it said nothing. */
  readonly why: string | null;
  /** It is started again after this time. */
  readonly restartInMs: number;
}

export interface EngineSupervisorOptions {
  /** The module that the process runs. */
  readonly entry: URL;
  readonly settings: EngineSettings;
  readonly onMessage: (message: FromEngine) => void;
  readonly onDeath: (death: EngineDeath) => void;
  /** A fresh process runs and takes messages. */
  readonly onStart: () => void;
  readonly now: () => number;
}

export interface EngineSupervisor {
  send(message: ToEngine): void;
  /** The running process has done what it is for: should it end, it is started again without a long pause. */
  trust(): void;
  /** Ends a process that hangs; it is started again like after a crash. */
  kill(): void;
  stop(): Promise<void>;
  readonly processId: number | undefined;
  readonly restarts: number;
  /** Crashes in a row without a stable run between them. */
  readonly crashes: number;
}

/** Keeps one engine process alive: restarts it with growing pauses, and takes it down with the gateway. */
export function createEngineSupervisor(options: EngineSupervisorOptions): EngineSupervisor {
  let child: ChildProcess | null = null;
  let startedAt = 0;
  let restarts = 0;
  let crashes = 0;
  let isStopping = false;
  let restartTimer: NodeJS.Timeout | undefined;

  /** Null when the system has no memory left for a process: Node throws then, other troubles come as an event. */
  function forkEngine(): ChildProcess | null {
    try {
      return forkProcess(options.entry);
    } catch {
      return null;
    }
  }

  function launch(): void {
    startedAt = options.now();
    const launched = forkEngine();
    child = launched;
    if (launched === null) {
      setImmediate(() => onGone(null, { reason: NOT_STARTED, why: null }));
      return;
    }
    const lastWords = createLastWords();
    launched.stderr?.setEncoding("utf8").on("data", (text: string) => lastWords.push(text));
    const end = (reason: string) => onGone(launched, { reason, why: lastWords.read() });
    launched.on("message", (mail: EngineMail) => {
      for (const message of mail) if (child === launched) options.onMessage(message);
    });
    // Without a listener a failed send or spawn would end the gateway; `exit` tells the rest.
    launched.on("error", () => {
      launched.kill("SIGKILL");
      end(launched.pid === undefined ? NOT_STARTED : "the engine process could not be reached");
    });
    launched.on("exit", (code, signal) => {
      const endNow = () => end(`the engine process ended (${signal ?? `code ${code}`})`);
      launched.once("close", endNow);
      setTimeout(endNow, LAST_WORDS_MS).unref();
    });
    // Where the gateway has no file descriptors left there is no process and no `send`: `error` follows.
    if (launched.pid === undefined) return;
    launched.send({ type: "start", settings: options.settings } satisfies ToEngine);
    options.onStart();
  }

  function onGone(gone: ChildProcess | null, death: Omit<EngineDeath, "restartInMs">): void {
    if (child !== gone) return;
    child = null;
    if (isStopping) return;
    crashes = options.now() - startedAt > STABLE_MS ? 1 : crashes + 1;
    const restartInMs = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (crashes - 1));
    options.onDeath({ ...death, restartInMs });
    restartTimer = setTimeout(() => {
      restarts++;
      launch();
    }, restartInMs);
  }

  launch();
  return {
    send(message) {
      if (child?.connected) child.send(message, () => {});
    },
    trust() {
      crashes = 0;
    },
    kill() {
      child?.kill("SIGKILL");
    },
    async stop() {
      isStopping = true;
      clearTimeout(restartTimer);
      const ending = child;
      if (ending?.pid === undefined || ending.exitCode !== null || ending.signalCode !== null) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(() => ending.kill("SIGKILL"), KILL_AFTER_MS);
        ending.once("exit", () => {
          clearTimeout(timer);
          resolve();
        });
        if (ending.connected) ending.disconnect();
        else ending.kill("SIGKILL");
      });
    },
    get processId() {
      return child?.pid;
    },
    get restarts() {
      return restarts;
    },
    get crashes() {
      return crashes;
    },
  };
}

function forkProcess(entry: EngineSupervisorOptions["entry"]): ChildProcess {
  return fork(entry, {
    serialization: "advanced",
    // The gateway's own flags (--watch, --inspect) are not the engine's. Left alone, V8 lets the space for new
    // objects grow to a hundred megabytes over hours, which looks like a leak and gains nothing here.
    execArgv: [`--max-semi-space-size=${SEMI_SPACE_MEGABYTES}`],
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    // One pool thread: decodes always run on the same one. With more, each wakes another, the scheduler moves them
    // about between cores, and llama.cpp's threads, which wait for each other in a loop, take twice as long. Samples
    // of several answers then follow each other, at a few tenths of a millisecond each.
    env: { ...process.env, UV_THREADPOOL_SIZE: "1" },
  });
}
