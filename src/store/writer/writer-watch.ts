import type { StoreLogger } from "../store-logger.ts";
import type { WriterState } from "./writer-messages.ts";

/** What the writer thread last said of itself. */
export interface WriterWatch {
  /** Logs what got worse. */
  note(state: WriterState): void;
  /** Null before it said anything. */
  read(): WriterState | null;
  /** True while neither database nor spool take anything. */
  isStuck(): boolean;
}

export function createWriterWatch({
  hasSpool,
  logger,
}: {
  readonly hasSpool: boolean;
  readonly logger: StoreLogger;
}): WriterWatch {
  let state: WriterState | null = null;
  return {
    note(next) {
      const before = state;
      state = next;
      const code = next.databaseTrouble;
      if (code !== null && code !== before?.databaseTrouble) {
        logger.warn({ code }, "the database cannot write, will try again");
      }
      if (next.spoolTrouble !== null && next.spoolTrouble !== before?.spoolTrouble) {
        logger.error({ code: next.spoolTrouble }, "the log's spool cannot be written");
      }
      if (next.lost > (before?.lost ?? 0)) {
        logger.error({ lost: next.lost }, "rows of processes that ended badly are lost");
      }
    },
    read: () => state,
    isStuck: () =>
      state !== null && state.databaseTrouble !== null && (!hasSpool || state.spoolTrouble !== null),
  };
}
