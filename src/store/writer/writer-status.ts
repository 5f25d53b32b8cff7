import type { WriterState } from "./writer-messages.ts";

/** What the thread knows of its own state; tells every change. */
export interface WriterStatus {
  read(): WriterState;
  change(changes: Partial<WriterState>): void;
}

export function createWriterStatus(tell: (state: WriterState) => void): WriterStatus {
  let state: WriterState = {
    databaseTrouble: null,
    spoolTrouble: null,
    spoolBytes: 0,
    drained: 0,
    refused: 0,
    erased: 0,
    damaged: 0,
    lost: 0,
  };
  return {
    read: () => state,
    change(changes) {
      const before = JSON.stringify(state);
      state = { ...state, ...changes };
      if (JSON.stringify(state) !== before) tell(state);
    },
  };
}
