import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { SpooledEntry } from "../writer/writer-messages.ts";
import { readFrame } from "./frames.ts";

const SUFFIX = ".spool";

/** `00000001.spool`, so that names sort in the order they were written. */
export function nameSegment(number: number): string {
  return `${String(number).padStart(8, "0")}${SUFFIX}`;
}

/** Names of the folder's spool files, oldest first; none for a folder that is not there. */
export function listSegments(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(SUFFIX))
    .sort();
}

export interface SpoolReader {
  /** The oldest entries not taken yet, without taking them; empty when there are none (left). */
  peek(maxEntries: number): readonly SpooledEntry[];
  /** Takes what was peeked last. Files that are read to their end are deleted. */
  take(): void;
  /** Damaged entries so far; those at the very end count in `damaged` alone. */
  counts(): { readonly damaged: number; readonly damagedBeforeWhole: number };
}

interface OpenSegment {
  readonly name: string;
  readonly bytes: Buffer;
  offset: number;
}

interface Passage {
  readonly entries: readonly SpooledEntry[];
  readonly end: number;
  readonly damaged: number;
  /** Of those, after the last whole entry. */
  readonly damagedAtEnd: number;
}

/**
 * Reads the spool files of a folder in order. What is damaged is skipped and counted; the rest is kept. `isFinished`
 * tells of a file that it will not be written any more; others are left alone.
 */
export function createSpoolReader(folder: string, isFinished: (name: string) => boolean): SpoolReader {
  let open: OpenSegment | null = null;
  let peeked: Passage | null = null;
  let damaged = 0;
  let damagedAtEnd = 0;

  function openNext(): OpenSegment | null {
    const name = listSegments(folder).find((candidate) => isFinished(candidate));
    if (name === undefined) return null;
    return { name, bytes: readFileSync(join(folder, name)), offset: 0 };
  }

  function take(): void {
    if (open === null || peeked === null) return;
    damaged += peeked.damaged;
    damagedAtEnd = peeked.damagedAtEnd + (peeked.entries.length === 0 ? damagedAtEnd : 0);
    open.offset = peeked.end;
    peeked = null;
    if (open.offset < open.bytes.length) return;
    rmSync(join(folder, open.name), { force: true });
    open = null;
  }

  return {
    peek(maxEntries) {
      for (;;) {
        open ??= openNext();
        if (open === null) return [];
        peeked = readPassage(open, maxEntries);
        if (peeked.entries.length > 0) return peeked.entries;
        // Nothing but damage, or an empty file.
        take();
      }
    },
    take,
    counts: () => ({ damaged, damagedBeforeWhole: damaged - damagedAtEnd }),
  };
}

function readPassage({ bytes, offset }: OpenSegment, maxEntries: number): Passage {
  const entries: SpooledEntry[] = [];
  let end = offset;
  let damaged = 0;
  let damagedAtEnd = 0;
  while (entries.length < maxEntries) {
    const frame = readFrame(bytes, end);
    if (frame === null) break;
    end = frame.end;
    if (frame.entry === null) {
      damaged += 1;
      damagedAtEnd += 1;
    } else {
      entries.push(frame.entry);
      damagedAtEnd = 0;
    }
  }
  return { entries, end, damaged, damagedAtEnd };
}
