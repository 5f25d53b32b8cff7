/** Runs in a worker thread and owns the one connection that writes, so that the event loop never waits on the disk. */
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { createTombstones, type Tombstones } from "../erasure/tombstones.ts";
import type { FeedbackRecord } from "../inference-log.ts";
import { createSpool } from "../spool/spool.ts";
import { removeFolder } from "../spool/writer-folder.ts";
import { pickErrorCode } from "../store-errors.ts";
import type { DatabaseWriter } from "./database-writer.ts";
import { createSpoolDrain, type SpoolDrain } from "./drain-spools.ts";
import { createRecordingEncoder } from "./encode-recording.ts";
import { createLogWriter } from "./log-writer.ts";
import { createEntryOpener } from "./open-entry.ts";
import { createEntryPacker } from "./pack-entry.ts";
import { createSpooledEntryParser } from "./spooled-entry.ts";
import type { WriterReply, WriterRequest, WriterSetup } from "./writer-messages.ts";
import { createWriterStatus } from "./writer-status.ts";

const MAINTAIN_EVERY_MS = 60 * 60 * 1000;

async function openWriter({ address, plans }: WriterSetup, tombstones: Tombstones): Promise<DatabaseWriter> {
  // Loaded when needed: the driver that is not used costs its time and memory at every start.
  if (address.dialect === "postgres") {
    return (await import("./postgres-writer.ts")).createPostgresWriter(address.url, { plans, tombstones });
  }
  return (await import("./sqlite-writer.ts")).createSqliteWriter(address.path, { plans, tombstones });
}

/** Goes nowhere; holds a bit of everything that redaction looks for. */
function createSample(id: string): FeedbackRecord {
  const comment = "Write to a@example.com, call +1 212 555 0123, pay DE89 3704 0044 0532 0130 00.";
  const owner = { inferenceId: id, stickyKeyHash: null };
  return { id, ...owner, score: null, verdict: null, correction: null, comment, createdAt: 0 };
}

async function serveWriter(port: NonNullable<typeof parentPort>, setup: WriterSetup): Promise<void> {
  const reply = (message: WriterReply): void => port.postMessage(message);
  const status = createWriterStatus((state) => reply({ kind: "state", state }));
  const tombstones = createTombstones();
  const database = await openWriter(setup, tombstones);
  const { writer, plans, hasBooleans } = setup;
  const encode = createRecordingEncoder(plans, { hasBooleans });
  const folder = setup.spool === null ? null : join(setup.spool.folder, writer.id);
  const spool = setup.spool === null || folder === null ? null : createSpool(folder, setup.spool);
  const log = createLogWriter({
    database,
    plans,
    open: createEntryOpener(plans),
    parseSpooled: createSpooledEntryParser({ plans, encode, hasBooleans }),
    spool,
    writer,
    status,
    tombstones,
  });
  const root = setup.spool?.folder ?? "";
  const drain =
    spool === null ? null : createSpoolDrain({ log, database, spool, root, writer, status, now: Date.now });
  const stopping = new AbortController();
  const draining = drain === null ? null : begin(drain);
  const maintenance = setInterval(() => {
    // Nothing waits for it, and what cannot be done now is done the next time.
    void log.exclusively(() => database.maintain(Date.now())).catch(() => undefined);
  }, MAINTAIN_EVERY_MS);

  /**
   * Connects, makes the first commit (the one that SQLite forces to disk) and loads what redaction needs before the
   * first row comes: that time would be added to the row's window.
   */
  async function begin(started: SpoolDrain): Promise<void> {
    const progress = { writer, sequence: 0 };
    await log.exclusively(() => database.commit([], { progress, isDurable: false })).catch(() => undefined);
    const pack = createEntryPacker(plans, encode);
    log.prepare([pack({ kind: "feedback", record: createSample(writer.id) }, null)]);
    status.change({ spoolBytes: spool?.measureBytes() ?? 0 });
    reply({ kind: "ready" });
    await started.run(stopping.signal);
  }

  async function close(dropped: number): Promise<void> {
    clearInterval(maintenance);
    stopping.abort();
    await draining;
    if (drain !== null && folder !== null) await leave({ drain, folder, dropped });
    await database.close();
    port.close();
  }

  /** With every promise kept there is nothing to remember; drops stay on the books. */
  async function leave(end: { drain: SpoolDrain; folder: string; dropped: number }): Promise<void> {
    if (!(await end.drain.drainNow())) return;
    const kept = { id: writer.id, spooled: log.sequence, promised: log.sequence + end.dropped };
    await log.exclusively(() => database.settleWriter({ ...kept, damaged: 0, nowMs: Date.now() }));
    removeFolder(end.folder);
    if (end.dropped === 0) await log.exclusively(() => database.removeWriter(writer.id));
  }

  async function answer(call: number, work: () => Promise<number>): Promise<void> {
    try {
      reply({ kind: "executed", call, changes: await work(), code: null });
    } catch (error) {
      reply({ kind: "executed", call, changes: 0, code: pickErrorCode(error) });
    }
  }

  let tail = Promise.resolve();
  /** One after the other, also while one waits. A rejection ends the thread; the main side restarts it. */
  function enqueue(work: () => Promise<void>): void {
    tail = tail.then(work);
  }

  function handle(request: WriterRequest): void {
    switch (request.kind) {
      case "write": {
        // At once, while the batch before may still be on its way to the database.
        const batch = log.prepare(request.entries);
        enqueue(async () => {
          const outcome = await log.write(batch, request);
          reply({ kind: "written", batch: request.batch, ...outcome });
        });
        break;
      }
      // A statement does not wait for a batch that waits.
      case "execute":
        void answer(request.call, () => log.execute(request.statements));
        break;
      case "scrub":
        void answer(request.call, async () => Number(await log.exclusively(() => database.scrub())));
        break;
      case "rewrite":
        void answer(request.call, async () =>
          Number(await log.exclusively(() => database.rewrite(request.maxBytes))),
        );
        break;
      case "close":
        enqueue(() => close(request.dropped));
        break;
      default:
        request satisfies never;
    }
  }

  port.on("message", handle);
}

if (parentPort !== null) await serveWriter(parentPort, workerData);
