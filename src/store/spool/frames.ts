import { crc32 } from "node:zlib";
import type { SpooledEntry } from "../writer/writer-messages.ts";

/** Begins every frame; after damage the reader looks for the next one. */
const MAGIC = Buffer.from("TLR1");
/** Magic, length and checksum of what follows. */
const HEAD_BYTES = 12;
const KINDS: readonly SpooledEntry["kind"][] = ["rows", "inference", "shadow", "feedback"];

/** An entry as it lies in a spool file: a head with length and checksum, a line that names it, its JSON. */
export function encodeFrame({ id, kind, promise, text }: SpooledEntry): Buffer {
  const content = Buffer.from(`${id}\t${kind}\t${promise ?? ""}\n${text}`);
  const head = Buffer.alloc(HEAD_BYTES);
  MAGIC.copy(head);
  head.writeUInt32LE(content.length, 4);
  head.writeUInt32LE(crc32(content), 8);
  return Buffer.concat([head, content]);
}

export interface ReadFrame {
  /** Null: damaged bytes, of one frame or of several that cannot be told apart. */
  readonly entry: SpooledEntry | null;
  /** Where the next frame begins. */
  readonly end: number;
}

/** Reads the frame at an offset; whatever is wrong with it, the answer leads on. Null at the end. */
export function readFrame(bytes: Buffer, offset: number): ReadFrame | null {
  if (offset >= bytes.length) return null;
  const end = findFrameEnd(bytes, offset);
  if (end === null) return { entry: null, end: findMagic(bytes, offset + 1) };
  const content = bytes.subarray(offset + HEAD_BYTES, end);
  const isWhole = crc32(content) === bytes.readUInt32LE(offset + 8);
  if (isWhole) return { entry: parseContent(content.toString("utf8")), end };
  // The length may be what is damaged: trust it only when it leads to another frame.
  const isFollowed = end === bytes.length || hasMagic(bytes, end);
  return { entry: null, end: isFollowed ? end : findMagic(bytes, offset + 1) };
}

function hasMagic(bytes: Buffer, offset: number): boolean {
  return bytes.subarray(offset, offset + MAGIC.length).equals(MAGIC);
}

function findMagic(bytes: Buffer, offset: number): number {
  const found = bytes.indexOf(MAGIC, offset);
  return found === -1 ? bytes.length : found;
}

function findFrameEnd(bytes: Buffer, offset: number): number | null {
  if (!hasMagic(bytes, offset) || offset + HEAD_BYTES > bytes.length) return null;
  const end = offset + HEAD_BYTES + bytes.readUInt32LE(offset + 4);
  return end > bytes.length ? null : end;
}

function parseContent(content: string): SpooledEntry | null {
  const lineEnd = content.indexOf("\n");
  const [id, kindName, promise] = content.slice(0, lineEnd).split("\t");
  const kind = KINDS.find((known) => known === kindName);
  if (id === undefined || kind === undefined || promise === undefined) return null;
  return { id, kind, promise: promise === "" ? null : Number(promise), text: content.slice(lineEnd + 1) };
}
