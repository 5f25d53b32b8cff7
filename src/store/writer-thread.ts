/** Runs in a worker thread and owns the one connection that writes, so that the event loop never waits on the disk. */
import { setTimeout as sleep } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { openWritingConnection } from "./connection.ts";
import { isDatabaseTrouble, pickErrorCode } from "./store-errors.ts";
import { createUnitWriter } from "./write-units.ts";
import type { WriterReply, WriterRequest, WriterSetup } from "./writer-messages.ts";

const FIRST_RETRY_MS = 20;
const LONGEST_RETRY_MS = 1_000;
/** Rows wait as long as it takes; somebody waits for the answer of a statement. */
const STATEMENT_TRIES = 5;

async function serveWriter(port: NonNullable<typeof parentPort>, setup: WriterSetup): Promise<void> {
  const reply = (message: WriterReply): void => port.postMessage(message);

  /** Repeats while the database is busy, full or away. The main side bounds what may pile up meanwhile. */
  async function persist<T>(write: () => T, tries = Number.POSITIVE_INFINITY): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return write();
      } catch (error) {
        const code = pickErrorCode(error);
        if (!isDatabaseTrouble(code) || attempt >= tries) throw error;
        reply({ kind: "stalled", code });
        await sleep(Math.min(FIRST_RETRY_MS * 2 ** (attempt - 1), LONGEST_RETRY_MS));
      }
    }
  }

  const sqlite = await persist(() => openWritingConnection(setup.path));
  const writer = createUnitWriter(sqlite, setup.inserts);

  async function handle(request: WriterRequest): Promise<void> {
    switch (request.kind) {
      case "write": {
        const failures = await persist(() => writer.write(request.units));
        return reply({ kind: "written", batch: request.batch, failures });
      }
      case "execute":
        try {
          const changes = await persist(() => writer.execute(request.statements), STATEMENT_TRIES);
          return reply({ kind: "executed", call: request.call, changes, code: null });
        } catch (error) {
          return reply({ kind: "executed", call: request.call, changes: 0, code: pickErrorCode(error) });
        }
      case "close":
        sqlite.close();
        port.close();
        return;
      default:
        request satisfies never;
    }
  }

  let tail = Promise.resolve();
  port.on("message", (request: WriterRequest) => {
    // One after the other, also while one waits for the database. A rejection ends the thread; the main side restarts it.
    tail = tail.then(() => handle(request));
  });
}

if (parentPort !== null) await serveWriter(parentPort, workerData);
