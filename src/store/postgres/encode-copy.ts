import type { DriverValue } from "../writer/writer-messages.ts";

/** Signature, flags and no extension: see "Binary Format" in PostgreSQL's documentation of `COPY`. */
const HEAD = Buffer.from("5047434f50590aff0d0a000000000000000000", "hex");
const FIRST_BYTES = 1024 * 1024;
/** Shorter texts are copied letter by letter: a call of the buffer's own writer takes as long. */
const SHORT_TEXT = 24;
const NO_DIGIT = 255;
const HEX_DIGITS = createHexDigits();

export interface CopyEncoder {
  /**
   * Rows as binary `COPY` reads them, valid until the next call.
   * @throws TypeError or RangeError for a value that its column cannot hold
   */
  encode(rows: readonly (readonly DriverValue[])[], types: readonly string[]): Buffer;
}

/** Writes into one piece of memory, which grows with the largest batch. */
export function createCopyEncoder(): CopyEncoder {
  let buffer = Buffer.allocUnsafe(FIRST_BYTES);
  let place = 0;

  function reserve(bytes: number): void {
    if (place + bytes <= buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(buffer.length * 2, place + bytes));
    buffer.copy(larger, 0, 0, place);
    buffer = larger;
  }

  function writeText(text: string): void {
    // A UTF-16 unit becomes three bytes at most.
    reserve(4 + text.length * 3);
    const start = place + 4;
    const bytes = copyAscii(text, start) ? text.length : buffer.write(text, start);
    buffer.writeInt32BE(bytes, place);
    place = start + bytes;
  }

  /** False for a text that is long, or needs more than ASCII. */
  function copyAscii(text: string, start: number): boolean {
    if (text.length > SHORT_TEXT) return false;
    for (let index = 0; index < text.length; index += 1) {
      const code = text.charCodeAt(index);
      if (code > 127) return false;
      buffer[start + index] = code;
    }
    return true;
  }

  function writeUuid(text: string): void {
    place = buffer.writeInt32BE(16, place);
    const end = place + 16;
    for (let index = 0; index < text.length && place < end; index += 2) {
      if (text[index] === "-") index += 1;
      const high = HEX_DIGITS[text.charCodeAt(index)] ?? NO_DIGIT;
      const low = HEX_DIGITS[text.charCodeAt(index + 1)] ?? NO_DIGIT;
      if (high === NO_DIGIT || low === NO_DIGIT) break;
      buffer[place] = high * 16 + low;
      place += 1;
    }
    if (place < end || text.length !== 36) throw new TypeError("not a UUID");
  }

  function writeNumber(number: number, type: string): void {
    if (type === "double precision") {
      place = buffer.writeInt32BE(8, place);
      place = buffer.writeDoubleBE(number, place);
      return;
    }
    const isBig = type === "bigint";
    // The buffer would cut a fraction off, and its own error has a code that does not blame the value.
    const isHeld = isBig ? Number.isSafeInteger(number) : number === (number | 0);
    if (!isHeld) throw new RangeError("not a number for an integer column");
    place = buffer.writeInt32BE(isBig ? 8 : 4, place);
    if (isBig) place = buffer.writeInt32BE(Math.floor(number / 2 ** 32), place);
    place = buffer.writeInt32BE(number | 0, place);
  }

  function writeValue(value: DriverValue, type: string): void {
    reserve(20);
    if (value === null) place = buffer.writeInt32BE(-1, place);
    else if (type === "text") writeText(String(value));
    else if (type === "uuid") writeUuid(String(value));
    else if (typeof value === "boolean" && type === "boolean") {
      place = buffer.writeInt32BE(1, place);
      place = buffer.writeInt8(Number(value), place);
    } else if (typeof value === "number") writeNumber(value, type);
    else throw new TypeError(`a ${typeof value} for a column of ${type}`);
  }

  return {
    encode(rows, types) {
      place = HEAD.copy(buffer);
      for (const row of rows) {
        reserve(2);
        place = buffer.writeInt16BE(row.length, place);
        for (let index = 0; index < row.length; index += 1) {
          writeValue(row[index] ?? null, types[index] ?? "");
        }
      }
      reserve(2);
      place = buffer.writeInt16BE(-1, place);
      return buffer.subarray(0, place);
    },
  };
}

function createHexDigits(): Uint8Array {
  const digits = new Uint8Array(128).fill(NO_DIGIT);
  for (const [value, digit] of [..."0123456789abcdef"].entries()) {
    digits[digit.charCodeAt(0)] = value;
    digits[digit.toUpperCase().charCodeAt(0)] = value;
  }
  return digits;
}
