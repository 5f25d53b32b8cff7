import { type ByteReader, NUMBER_BYTES, type NumberKind } from "./byte-reader.ts";

/** What a GGUF file says about itself, without its weights. Long arrays (the vocabulary) are only counted. */
export interface GgufHeader {
  readonly values: ReadonlyMap<string, GgufValue>;
  readonly tensors: readonly GgufTensorPlace[];
  /** Where the tensors' bytes begin. */
  readonly dataStart: number;
  /** Each tensor begins at a multiple of it. */
  readonly alignment: number;
}

export type GgufValue = number | string | readonly number[] | { readonly count: number };

export interface GgufTensorPlace {
  readonly type: number;
  readonly elementCount: number;
  /** From the beginning of the tensors' bytes. */
  readonly offset: number;
  /** Where in the file the type stands (32 bits), with the offset behind it (64 bits). */
  readonly typePosition: number;
}

/** The header is not of a form that this engine reads. */
export class GgufFormatError extends Error {
  override readonly name = "GgufFormatError";
}

const MAGIC = 0x46554747;
const VERSIONS = [2, 3];
const MAX_ENTRIES = 1 << 16;
const MAX_TEXT_BYTES = 1 << 24;
const MAX_KEPT_NUMBERS = 1024;
const MAX_DIMENSIONS = 8;
const DEFAULT_ALIGNMENT = 32;
const TEXT_TYPE = 8;
const ARRAY_TYPE = 9;
/** By the specification's number; 8 is a text, 9 an array. */
const NUMBER_TYPES: readonly (NumberKind | null)[] = [
  ...(["uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "bool"] as const),
  null,
  null,
  ...(["uint64", "int64", "float64"] as const),
];

/** @throws GgufFormatError, ByteRangeError */
export function readGgufHeader(reader: ByteReader): GgufHeader {
  const { tensorCount, valueCount } = readCounts(reader);
  const values = new Map<string, GgufValue>();
  for (let index = 0; index < valueCount; index++) {
    const key = reader.text(MAX_TEXT_BYTES);
    values.set(key, readValue(reader, reader.uint32()));
  }
  const tensors = Array.from({ length: tensorCount }, () => readTensorPlace(reader));
  const alignment = values.get("general.alignment") ?? DEFAULT_ALIGNMENT;
  if (typeof alignment !== "number" || alignment < 1) throw new GgufFormatError("its alignment is not valid");
  return { values, tensors, alignment, dataStart: Math.ceil(reader.position / alignment) * alignment };
}

/**
 * What the file says of the model itself. Converters put it before the vocabulary: a thousandth of the reading.
 * @throws GgufFormatError, ByteRangeError
 */
export function readModelValues(reader: ByteReader): ReadonlyMap<string, GgufValue> {
  const { valueCount } = readCounts(reader);
  const values = new Map<string, GgufValue>();
  for (let index = 0; index < valueCount; index++) {
    const key = reader.text(MAX_TEXT_BYTES);
    if (key.startsWith("tokenizer.") && values.has("general.architecture")) break;
    values.set(key, readValue(reader, reader.uint32()));
  }
  return values;
}

function readCounts(reader: ByteReader): { readonly tensorCount: number; readonly valueCount: number } {
  if (reader.uint32() !== MAGIC) throw new GgufFormatError("it does not begin like a GGUF file");
  if (!VERSIONS.includes(reader.uint32())) throw new GgufFormatError("its GGUF version is not 2 or 3");
  return { tensorCount: readCount(reader), valueCount: readCount(reader) };
}

function readCount(reader: ByteReader): number {
  const count = reader.length();
  if (count > MAX_ENTRIES) throw new GgufFormatError("its header has too many entries");
  return count;
}

function readValue(reader: ByteReader, type: number): GgufValue {
  if (type === TEXT_TYPE) return reader.text(MAX_TEXT_BYTES);
  if (type === ARRAY_TYPE) return readArray(reader);
  return reader.number(pickNumberKind(type));
}

function readArray(reader: ByteReader): GgufValue {
  const type = reader.uint32();
  const count = reader.length();
  if (type === TEXT_TYPE) {
    for (let index = 0; index < count; index++) reader.skip(reader.length());
    return { count };
  }
  const kind = pickNumberKind(type);
  if (count <= MAX_KEPT_NUMBERS) return Array.from({ length: count }, () => reader.number(kind));
  reader.skip(count * NUMBER_BYTES[kind]);
  return { count };
}

function pickNumberKind(type: number): NumberKind {
  const kind = NUMBER_TYPES[type] ?? null;
  if (kind === null) throw new GgufFormatError("its header has a value of an unknown type");
  return kind;
}

function readTensorPlace(reader: ByteReader): GgufTensorPlace {
  reader.skip(reader.length());
  const dimensions = reader.uint32();
  if (dimensions > MAX_DIMENSIONS) throw new GgufFormatError("a tensor has too many dimensions");
  let elementCount = 1;
  for (let dimension = 0; dimension < dimensions; dimension++) elementCount *= reader.uint64();
  const typePosition = reader.position;
  return { elementCount, typePosition, type: reader.uint32(), offset: reader.uint64() };
}
