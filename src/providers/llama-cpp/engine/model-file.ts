import { closeSync, fstatSync, openSync } from "node:fs";
import type { EngineModel } from "../engine-messages.ts";
import { writesText } from "./architectures.ts";
import { ByteRangeError, createByteReader } from "./byte-reader.ts";
import { GgufFormatError, type GgufHeader, type GgufValue, readGgufHeader } from "./gguf-header.ts";
import { measureTensorBytes } from "./tensor-bytes.ts";

/** A file that was looked at and may be handed to native code. */
export interface ModelFile {
  readonly architecture: string;
  readonly bytes: number;
  /** Of the architecture's own values, such as `block_count`. */
  readonly numbers: (key: string) => readonly number[];
  readonly vocabularySize: number;
}

/** A file that cannot be used: the message says which file of a model, why, and what to do. Holds no path. */
export class ModelFileError extends Error {
  override readonly name = "ModelFileError";
}

/** A model has at least one of each. */
const SHAPE_KEYS = ["block_count", "context_length", "embedding_length"];
const ATTENTION_KEYS = [
  "attention.head_count",
  "attention.head_count_kv",
  "attention.key_length",
  "attention.value_length",
];
/** A model that remembers in these ways may have no attention heads at all. */
const RECURRENT_KEYS = ["ssm.state_size", "wkv.head_size"];
const MOST_BLOCKS = 10_000;

/**
 * Checks a GGUF before native code sees it, which ends the process over some damaged files: the header must hold
 * together, every tensor lie inside the file, and the model have a shape.
 * @throws ModelFileError
 */
export function checkModelFile(path: string, use: EngineModel["use"] = "text"): ModelFile {
  const what = "the model file";
  const { header, bytes } = readHeader(path, what);
  const architecture = readText(header, "general.architecture");
  if (readText(header, "general.type") === "adapter") {
    throw new ModelFileError(`${what} is an adapter; register it as the adapter of its base model.`);
  }
  if (header.tensors.length === 0) throw new ModelFileError(`${what} holds no weights; export it again.`);
  if (use === "text" && !writesText(architecture)) {
    throw new ModelFileError(`${what} has the architecture "${architecture}", which cannot write text.`);
  }
  const numbers = (key: string) => toNumbers(header.values.get(`${architecture}.${key}`));
  checkShape(architecture, numbers);
  const vocabulary = header.values.get("tokenizer.ggml.tokens");
  return {
    architecture,
    bytes,
    numbers,
    vocabularySize: typeof vocabulary === "object" ? countOf(vocabulary) : 0,
  };
}

/** Some formats leave out a value, and give single layers none of something: a value is wrong when it is so in all. */
function checkShape(architecture: string, numbers: ModelFile["numbers"]): void {
  const isRecurrent = RECURRENT_KEYS.some((key) => numbers(key).length > 0);
  for (const key of isRecurrent ? SHAPE_KEYS : [...SHAPE_KEYS, ...ATTENTION_KEYS]) {
    const values = numbers(key);
    if (values.length === 0 || values.some((value) => value >= 1)) continue;
    throw createShapeError(`${architecture}.${key}`, values[0]);
  }
  const [blocks = 1] = numbers("block_count");
  if (blocks > MOST_BLOCKS) throw createShapeError(`${architecture}.block_count`, blocks);
}

function createShapeError(key: string, value: number | undefined): ModelFileError {
  return new ModelFileError(`the model file is damaged: its ${printable(key)} is ${value}; export it again.`);
}

/** @throws ModelFileError */
export function checkAdapterFile(path: string, base: ModelFile): { readonly bytes: number } {
  const what = "the adapter file";
  const { header, bytes } = readHeader(path, what);
  if (readText(header, "general.type") !== "adapter" || readText(header, "adapter.type") !== "lora") {
    throw new ModelFileError(`${what} is not a LoRA adapter; convert the adapter to GGUF again.`);
  }
  const architecture = readText(header, "general.architecture");
  if (architecture !== base.architecture) {
    throw new ModelFileError(
      `${what} was made for "${printable(architecture)}", the base model is "${base.architecture}".`,
    );
  }
  return { bytes };
}

export interface HeaderOfFile {
  readonly header: GgufHeader;
  /** Of the whole file. */
  readonly bytes: number;
}

/**
 * The header of a file that holds together, every tensor inside it.
 * @throws ModelFileError, which calls the file `what`
 */
export function readHeader(path: string, what: string): HeaderOfFile {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, "r");
    const stats = fstatSync(descriptor);
    if (stats.isDirectory()) throw new ModelFileError(`${what} is a folder; name the GGUF file inside it.`);
    if (stats.size === 0) throw new ModelFileError(`${what} is empty; copy it again.`);
    const header = readGgufHeader(createByteReader({ descriptor, size: stats.size }));
    const end = Math.max(0, ...header.tensors.map((tensor) => tensor.offset + measureTensorBytes(tensor)));
    if (header.dataStart + end > stats.size) throw new ByteRangeError("a tensor lies behind the file's end");
    return { header, bytes: stats.size };
  } catch (error) {
    throw describeFileError(error, what);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

export function describeFileError(error: unknown, what: string): ModelFileError {
  if (error instanceof ModelFileError) return error;
  if (error instanceof ByteRangeError) {
    return new ModelFileError(`${what} is cut short or damaged; copy or download it again.`);
  }
  if (error instanceof GgufFormatError) {
    return new ModelFileError(`${what} is not a readable GGUF: ${error.message}; copy or export it again.`);
  }
  switch (error instanceof Error && "code" in error ? error.code : null) {
    case "ENOENT":
    case "ENOTDIR":
      return new ModelFileError(`${what} is missing; put it where the registry says, or correct the entry.`);
    case "EACCES":
    case "EPERM":
      return new ModelFileError(`${what} may not be read; give Tailor's user permission to read it.`);
    case "EISDIR":
      return new ModelFileError(`${what} is a folder; name the GGUF file inside it.`);
    default:
      return new ModelFileError(`${what} could not be read; check the disk.`);
  }
}

function readText({ values }: GgufHeader, key: string): string {
  const value = values.get(key);
  return typeof value === "string" ? value : "";
}

/** A name out of a damaged file may be anything. */
function printable(name: string): string {
  return name.replaceAll(/[^\w.+-]/g, "?").slice(0, 40);
}

function toNumbers(value: GgufValue | undefined): readonly number[] {
  if (typeof value === "number") return [value];
  return Array.isArray(value) ? value : [];
}

function countOf(value: readonly number[] | { readonly count: number }): number {
  return "count" in value ? value.count : value.length;
}
