import { readFileSync } from "node:fs";
import type { Token } from "node-llama-cpp";
import type { EngineModel } from "../engine-messages.ts";
import { hashEnd, NGRAM_ORDERS, type Recalled } from "./token-memory.ts";

/** What mostly follows the last few tokens of a model's answers, counted over a data set before it is served. */
export interface NgramTable {
  /** Ends that it knows. */
  readonly size: number;
  /** As TokenMemory's. */
  recall(end: readonly Token[]): Recalled | null;
}

/** Of an end (`hashEnd`): the token that mostly follows it, and how often it does (0 to 1). */
export interface NgramEntry {
  readonly mark: number;
  readonly next: number;
  readonly share: number;
}

const NGRAM_SUFFIX = ".ngrams";
const MAGIC = 0x52474e54;
const VERSION = 1;
const HEADER_NUMBERS = 4;
const WHOLE_SHARE = 255;
const ENTRY_BYTES = 9;
const MAX_FILE_BYTES = 256e6;

/** Beside the file that makes the answers what they are: the adapter's, else the model's. */
export function nameNgramFile({ path, adapterPath }: Pick<EngineModel, "path" | "adapterPath">): string {
  return (adapterPath ?? path).replace(/\.gguf$/i, "") + NGRAM_SUFFIX;
}

/**
 * Four little-endian 32-bit numbers ("TNGR", version, size of the vocabulary, count), then the marks in ascending order and
 * the next tokens, 32 bits each, then the shares in 255ths, a byte each.
 */
export function encodeNgramTable(entries: readonly NgramEntry[], vocabularySize: number): Uint8Array {
  const sorted = entries.toSorted((left, right) => left.mark - right.mark);
  const count = sorted.length;
  const bytes = new Uint8Array(HEADER_NUMBERS * 4 + count * ENTRY_BYTES);
  const view = new DataView(bytes.buffer);
  [MAGIC, VERSION, vocabularySize, count].forEach((value, index) => {
    view.setUint32(index * 4, value, true);
  });
  for (const [index, { mark, next, share }] of sorted.entries()) {
    view.setUint32((HEADER_NUMBERS + index) * 4, mark, true);
    view.setUint32((HEADER_NUMBERS + count + index) * 4, next, true);
    view.setUint8((HEADER_NUMBERS + 2 * count) * 4 + index, Math.round(share * WHOLE_SHARE));
  }
  return bytes;
}

/** Null where there is none, or one that is damaged or of another vocabulary: only speed depends on it. */
export function readNgramTable(file: string, vocabularySize: number): NgramTable | null {
  try {
    return decodeNgramTable(readFileSync(file), vocabularySize);
  } catch {
    return null;
  }
}

function decodeNgramTable(bytes: Uint8Array, vocabularySize: number): NgramTable | null {
  if (bytes.length > MAX_FILE_BYTES) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [magic, version, size, count = 0] = readNumbers(view, 0, HEADER_NUMBERS);
  if (magic !== MAGIC || version !== VERSION || size !== vocabularySize) return null;
  if (bytes.length !== HEADER_NUMBERS * 4 + count * ENTRY_BYTES) return null;
  const marks = readNumbers(view, HEADER_NUMBERS, count);
  const nexts = readNumbers(view, HEADER_NUMBERS + count, count);
  if (nexts.some((next) => next >= vocabularySize)) return null;
  const shares = bytes.slice((HEADER_NUMBERS + 2 * count) * 4);
  return {
    size: count,
    recall(end) {
      for (const order of NGRAM_ORDERS) {
        if (end.length < order) continue;
        const place = findMark(marks, hashEnd(end, end.length, order));
        // Token ids are plain numbers with a brand.
        if (place >= 0)
          return { token: (nexts[place] ?? 0) as Token, share: (shares[place] ?? 0) / WHOLE_SHARE };
      }
      return null;
    },
  };
}

function readNumbers(view: DataView, start: number, count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, index) => view.getUint32((start + index) * 4, true));
}

/** Index of `mark`, or -1. */
function findMark(marks: Uint32Array, mark: number): number {
  let low = 0;
  let high = marks.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((marks[middle] ?? 0) < mark) low = middle + 1;
    else high = middle;
  }
  return marks[low] === mark ? low : -1;
}
