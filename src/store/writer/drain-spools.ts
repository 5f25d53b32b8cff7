import { setTimeout as sleep } from "node:timers/promises";
import { readPromised } from "../spool/promise-file.ts";
import type { Spool } from "../spool/spool.ts";
import { createSpoolReader, type SpoolReader } from "../spool/spool-reader.ts";
import { type LeftFolder, removeFolder, takeLeftFolders } from "../spool/writer-folder.ts";
import { pickErrorCode } from "../store-errors.ts";
import type { DatabaseWriter } from "./database-writer.ts";
import { findHighestPromise, type LogWriter } from "./log-writer.ts";
import type { WriterIdentity } from "./writer-messages.ts";
import type { WriterStatus } from "./writer-status.ts";

const CHUNK_ENTRIES = 500;
const LOOK_EVERY_MS = 100;
const LONGEST_WAIT_MS = 1_000;

export interface DrainOptions {
  readonly log: LogWriter;
  readonly database: DatabaseWriter;
  readonly spool: Spool;
  /** Folder of all spools. */
  readonly root: string;
  readonly writer: WriterIdentity;
  readonly status: WriterStatus;
  readonly now: () => number;
}

export interface SpoolDrain {
  /** Drains what is there, once. False when the database would not take it. */
  drainNow(): Promise<boolean>;
  /** Keeps draining until stopped: first what earlier processes left, then this one's own spool. */
  run(signal: AbortSignal): Promise<void>;
}

/** Moves entries from the spools to the database, in order; it is also how a database that was away is noticed again. */
export function createSpoolDrain(options: DrainOptions): SpoolDrain {
  const { log, database, spool, root, writer, status, now } = options;
  let left: readonly LeftFolder[] | null = null;
  let isCounted = false;

  async function drainReader(reader: SpoolReader, owner: WriterIdentity): Promise<number> {
    let highest = 0;
    const before = status.read().damaged - reader.counts().damaged;
    for (;;) {
      const entries = reader.peek(CHUNK_ENTRIES);
      const { damaged } = reader.counts();
      status.change({ damaged: before + damaged });
      if (entries.length === 0) return highest;
      const { failures, erased } = await log.commitSpooled(entries, owner);
      reader.take();
      highest = Math.max(highest, findHighestPromise(entries));
      const sums = status.read();
      status.change({
        drained: sums.drained + entries.length - failures.length - erased,
        refused: sums.refused + failures.length,
        erased: sums.erased + erased,
        damaged: before + reader.counts().damaged,
        spoolBytes: spool.measureBytes(),
      });
    }
  }

  /** What a process left behind: its spool goes to the database, its unkept promises are counted, its folder goes. */
  async function settleLeft({ id, path, lock }: LeftFolder): Promise<void> {
    const reader = createSpoolReader(path, () => true);
    const spooled = await drainReader(reader, { id, host: "", startedAt: now() });
    const damaged = reader.counts().damagedBeforeWhole;
    const end = { id, promised: readPromised(path), spooled, damaged, nowMs: now() };
    const lost = await log.exclusively(() => database.settleWriter(end));
    removeFolder(path);
    lock.release();
    if (lost === 0) await log.exclusively(() => database.removeWriter(id));
  }

  async function drain(): Promise<void> {
    left ??= takeLeftFolders(root, writer.id);
    for (const folder of left) {
      await settleLeft(folder);
      left = left.filter((other) => other !== folder);
    }
    if (!isCounted) {
      status.change({ lost: await log.exclusively(() => database.countLost()) });
      isCounted = true;
    }
    if (status.read().spoolBytes === 0) return;
    spool.seal();
    await drainReader(spool.reader, writer);
    status.change({ spoolBytes: spool.measureBytes() });
  }

  async function drainNow(): Promise<boolean> {
    try {
      await drain();
      return true;
    } catch (error) {
      status.change({ databaseTrouble: pickErrorCode(error) });
      return false;
    }
  }

  return {
    drainNow,
    async run(signal) {
      let waitMs = LOOK_EVERY_MS;
      while (!signal.aborted) {
        waitMs = (await drainNow()) ? LOOK_EVERY_MS : Math.min(waitMs * 2, LONGEST_WAIT_MS);
        await sleep(waitMs, undefined, { signal }).catch(() => undefined);
      }
    },
  };
}
