import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";

const FILE = "promised";

/** How many rows this process owes the log, kept where it outlives the process. */
export interface PromiseFile {
  /** Number of the promise just made, from 1 up. Once it is closed, only the number is kept. */
  add(): number;
  /** Closes it once, however often it is called. */
  close(): void;
}

/**
 * Eight bytes, overwritten in place without a sync: the page cache keeps them through the end of the process, however
 * it comes, and the write takes microseconds.
 */
export function createPromiseFile(folder: string): PromiseFile {
  // Null when closed: the system gives the number to whatever is opened next, a database or a thread's event loop.
  let file: number | null = openSync(join(folder, FILE), "w");
  const bytes = Buffer.alloc(8);
  let count = 0;
  const store = () => {
    if (file === null) return;
    bytes.writeBigUInt64LE(BigInt(count));
    writeSync(file, bytes, 0, bytes.length, 0);
  };
  store();
  return {
    add() {
      count += 1;
      store();
      return count;
    },
    close() {
      if (file !== null) closeSync(file);
      file = null;
    },
  };
}

/** The promises of a process that is gone; 0 when it made none. */
export function readPromised(folder: string): number {
  try {
    return Number(readFileSync(join(folder, FILE)).readBigUInt64LE());
  } catch {
    return 0;
  }
}
