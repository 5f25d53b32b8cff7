import { closeSync, fdatasyncSync, ftruncateSync, mkdirSync, openSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { SpooledEntry } from "../writer/writer-messages.ts";
import { encodeFrame } from "./frames.ts";
import { createSpoolReader, listSegments, nameSegment, type SpoolReader } from "./spool-reader.ts";
import { syncFolder as syncFolderOnDisk } from "./sync-folder.ts";

/** A file is read into memory as a whole, so it is kept small. */
const SEGMENT_BYTES = 16 * 1024 * 1024;

/** The spool holds as much as it may. */
class SpoolFullError extends Error {
  override readonly name = "SpoolFullError";
  readonly code = "SPOOL_FULL";
}

/** Entries on local disk while the database is away: appended by one process, drained by the same or its successor. */
export interface Spool {
  /** All of them or none. Throws SpoolFullError, or the disk's error. */
  append(entries: readonly SpooledEntry[], options: { readonly isDurable: boolean }): void;
  /** Closes the file being written, so that its entries can be read; the next append begins another. */
  seal(): void;
  readonly reader: SpoolReader;
  /** On disk, drained or not yet deleted. */
  measureBytes(): number;
}

interface Segment {
  readonly name: string;
  readonly file: number;
  bytes: number;
  /** Its name outlasts a power cut. */
  isNamed: boolean;
}

export interface SpoolOptions {
  readonly maxBytes: number;
  readonly syncFolder?: typeof syncFolderOnDisk | undefined;
}

export function createSpool(
  folder: string,
  { maxBytes, syncFolder = syncFolderOnDisk }: SpoolOptions,
): Spool {
  mkdirSync(folder, { recursive: true });
  let writing: Segment | null = null;
  let lastNumber = Number.parseInt(listSegments(folder).at(-1) ?? "0", 10);

  function openSegment(): Segment {
    lastNumber += 1;
    const name = nameSegment(lastNumber);
    return { name, file: openSync(join(folder, name), "a"), bytes: 0, isNamed: false };
  }

  function seal(): void {
    if (writing !== null) closeSync(writing.file);
    writing = null;
  }

  function measureBytes(): number {
    const measure = (name: string) => statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0;
    return listSegments(folder).reduce((sum, name) => sum + measure(name), 0);
  }

  return {
    append(entries, { isDurable }) {
      const bytes = Buffer.concat(entries.map((entry) => encodeFrame(entry)));
      if (measureBytes() + bytes.length > maxBytes) throw new SpoolFullError();
      if (writing !== null && writing.bytes >= SEGMENT_BYTES) seal();
      writing ??= openSegment();
      appendBytes(writing, bytes);
      if (!isDurable) return;
      fdatasyncSync(writing.file);
      if (!writing.isNamed) syncFolder(folder);
      writing.isNamed = true;
    },
    seal,
    reader: createSpoolReader(folder, (name) => name !== writing?.name),
    measureBytes,
  };
}

/** A disk that fills up midway leaves the file as it was before. */
function appendBytes(segment: Segment, bytes: Buffer): void {
  try {
    for (let done = 0; done < bytes.length; ) done += writeSync(segment.file, bytes, done);
  } catch (error) {
    ftruncateSync(segment.file, segment.bytes);
    throw error;
  }
  segment.bytes += bytes.length;
}
