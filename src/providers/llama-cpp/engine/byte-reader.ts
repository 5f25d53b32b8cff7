import { readSync } from "node:fs";

/** Reads a file's numbers and texts front to back; little-endian. */
export interface ByteReader {
  readonly position: number;
  uint32(): number;
  /** Throws ByteRangeError when the number is larger than the file, as only a damaged length is. */
  length(): number;
  /** A 64-bit number that need not be a length. */
  uint64(): number;
  number(kind: NumberKind): number;
  text(maxLength: number): string;
  skip(byteCount: number): void;
}

export type NumberKind = keyof typeof NUMBER_BYTES;

/** The file ends before what its header promises, or a length in it cannot be true. */
export class ByteRangeError extends Error {
  override readonly name = "ByteRangeError";
}

const WINDOW_BYTES = 1 << 18;

export const NUMBER_BYTES = {
  uint8: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
  uint32: 4,
  int32: 4,
  float32: 4,
  bool: 1,
  uint64: 8,
  int64: 8,
  float64: 8,
} as const;

export function createByteReader(file: { readonly descriptor: number; readonly size: number }): ByteReader {
  let window = new DataView(new ArrayBuffer(0));
  let windowStart = 0;
  let position = 0;

  /** Moves on by `byteCount` and gives where these bytes stand in the window. */
  function take(byteCount: number): number {
    if (position + byteCount > file.size) throw new ByteRangeError("the file ends too early");
    if (position < windowStart || position + byteCount > windowStart + window.byteLength) {
      const bytes = new Uint8Array(Math.max(byteCount, Math.min(WINDOW_BYTES, file.size - position)));
      const count = readSync(file.descriptor, bytes, 0, bytes.length, position);
      if (count < byteCount) throw new ByteRangeError("the file got shorter");
      window = new DataView(bytes.buffer, 0, count);
      windowStart = position;
    }
    position += byteCount;
    return position - byteCount - windowStart;
  }

  function number(kind: NumberKind): number {
    const at = take(NUMBER_BYTES[kind]);
    switch (kind) {
      case "uint8":
      case "bool":
        return window.getUint8(at);
      case "int8":
        return window.getInt8(at);
      case "uint16":
        return window.getUint16(at, true);
      case "int16":
        return window.getInt16(at, true);
      case "uint32":
        return window.getUint32(at, true);
      case "int32":
        return window.getInt32(at, true);
      case "float32":
        return window.getFloat32(at, true);
      case "uint64":
        return Number(window.getBigUint64(at, true));
      case "int64":
        return Number(window.getBigInt64(at, true));
      case "float64":
        return window.getFloat64(at, true);
      default:
        return kind satisfies never;
    }
  }

  function length(): number {
    const value = number("uint64");
    if (value > file.size) throw new ByteRangeError("a length is larger than the file");
    return value;
  }

  return {
    get position() {
      return position;
    },
    number,
    length,
    uint32: () => number("uint32"),
    uint64: () => number("uint64"),
    text(maxLength) {
      const byteCount = length();
      if (byteCount > maxLength) throw new ByteRangeError("a text is too long");
      const at = take(byteCount);
      return new TextDecoder().decode(new Uint8Array(window.buffer, at, byteCount));
    },
    skip(byteCount) {
      if (position + byteCount > file.size) throw new ByteRangeError("the file ends too early");
      position += byteCount;
    },
  };
}
