import { closeSync, fstatSync, openSync } from "node:fs";
import type { Pooling } from "../engine-messages.ts";
import { isEncoder, readsText, writesText } from "./architectures.ts";
import { createByteReader } from "./byte-reader.ts";
import { readModelValues } from "./gguf-header.ts";
import { parsePoolingType } from "./pooling.ts";

/** What a GGUF says about the embeddings its model makes. */
export interface EmbeddingTraits {
  /** Writes no text, so that it needs a pooling to be good for anything. */
  readonly isEncoder: boolean;
  readonly readsText: boolean;
  readonly writesText: boolean;
  /** Null where the file names none: no embedding model. */
  readonly pooling: Pooling | null;
  /** Numbers in a vector; null when it does not say. */
  readonly width: number | null;
}

/** Null for a file that cannot be read: loading it will tell why. */
export function readEmbeddingTraits(path: string): EmbeddingTraits | null {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, "r");
    const values = readModelValues(createByteReader({ descriptor, size: fstatSync(descriptor).size }));
    const architecture = String(values.get("general.architecture"));
    const width =
      values.get(`${architecture}.embedding_length_out`) ?? values.get(`${architecture}.embedding_length`);
    return {
      isEncoder: isEncoder(architecture),
      readsText: readsText(architecture),
      writesText: writesText(architecture),
      pooling: parsePoolingType(values.get(`${architecture}.pooling_type`)),
      width: typeof width === "number" ? width : null,
    };
  } catch {
    return null;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
