import { type FileHandle, open } from "node:fs/promises";
import type { GgufTensorPlace } from "./gguf-header.ts";
import { type HeaderOfFile, readHeader } from "./model-file.ts";
import { measureTensorBytes } from "./tensor-bytes.ts";

/** ggml's number and block bytes of each storage type; both have 32 weights a block and a 16-bit scale before them. */
const PACKED = { type: 6, bytes: 22 } as const;
const UNPACKED = { type: 8, bytes: 34 } as const;
const WEIGHTS = 32;
const SCALE_BYTES = 2;
/** Q5_0 keeps a weight as 0 to 31. */
const ZERO = 16;
const BLOCKS_AT_ONCE = 1 << 15;

/** Bytes of the file's unpacked copy; null when less than half of its weights are of the type that can be unpacked. */
export function measureUnpacked(path: string): number | null {
  const { header, bytes } = readHeader(path, "the model file");
  const packed = header.tensors.filter(({ type }) => type === PACKED.type);
  const count = (tensors: readonly GgufTensorPlace[]) =>
    tensors.reduce((sum, { elementCount }) => sum + elementCount, 0);
  if (count(packed) * 2 < count(header.tensors)) return null;
  return bytes + (count(packed) / WEIGHTS) * (UNPACKED.bytes - PACKED.bytes);
}

/**
 * Writes a copy of a GGUF with its Q5_0 weights as Q8_0. The weights are the same numbers: both types are a scale times a
 * whole number, which takes five bits or eight. Eight need no shifting and masking in each product.
 */
export async function unpackWeights(path: string, target: string): Promise<void> {
  const { header, bytes } = readHeader(path, "the model file");
  const source = await open(path, "r");
  try {
    const copy = await open(target, "wx", 0o600);
    try {
      await writeCopy({ source, copy, header, bytes });
      await copy.sync();
    } finally {
      await copy.close();
    }
  } finally {
    await source.close();
  }
}

async function writeCopy(
  files: HeaderOfFile & { readonly source: FileHandle; readonly copy: FileHandle },
): Promise<void> {
  const { source, copy, header, bytes } = files;
  const head = new DataView((await readWhole(source, 0, header.dataStart)).buffer);
  let written = header.dataStart;
  const inOrder = [...header.tensors].sort((left, right) => left.offset - right.offset);
  for (const [index, tensor] of inOrder.entries()) {
    const start = header.dataStart + tensor.offset;
    head.setBigUint64(tensor.typePosition + 4, BigInt(written - header.dataStart), true);
    if (tensor.type === PACKED.type) {
      head.setUint32(tensor.typePosition, UNPACKED.type, true);
      const end = start + measureTensorBytes(tensor);
      for (let from = start; from < end; from += BLOCKS_AT_ONCE * PACKED.bytes) {
        const size = Math.min(BLOCKS_AT_ONCE * PACKED.bytes, end - from);
        const blocks = unpackBlocks(await readWhole(source, from, size));
        await writeWhole(copy, blocks, written);
        written += blocks.length;
      }
    } else {
      // Of a type whose size is not known all up to the next one is taken.
      const next = inOrder[index + 1];
      const end = next === undefined ? bytes : header.dataStart + next.offset;
      const size = measureTensorBytes(tensor) || end - start;
      await writeWhole(copy, await readWhole(source, start, size), written);
      written += size;
    }
    const padding = (header.alignment - (written % header.alignment)) % header.alignment;
    await writeWhole(copy, new Uint8Array(padding), written);
    written += padding;
  }
  await writeWhole(copy, new Uint8Array(head.buffer), 0);
}

/** Q5_0: a scale, the 32 fifth bits, and the lower four of weight n beside those of weight n + 16. Q8_0: a scale, bytes. */
function unpackBlocks(packed: Uint8Array): Uint8Array {
  const count = packed.length / PACKED.bytes;
  const unpacked = new Uint8Array(count * UNPACKED.bytes);
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  for (let block = 0; block < count; block++) {
    const from = block * PACKED.bytes;
    const to = block * UNPACKED.bytes;
    unpacked[to] = packed[from] ?? 0;
    unpacked[to + 1] = packed[from + 1] ?? 0;
    const high = view.getUint32(from + SCALE_BYTES, true);
    const low = from + SCALE_BYTES + 4;
    for (let index = 0; index < WEIGHTS / 2; index++) {
      const pair = packed[low + index] ?? 0;
      // Negative numbers become their two's complement.
      unpacked[to + SCALE_BYTES + index] = ((pair & 15) | (((high >>> index) & 1) << 4)) - ZERO;
      unpacked[to + SCALE_BYTES + 16 + index] = ((pair >> 4) | (((high >>> (index + 16)) & 1) << 4)) - ZERO;
    }
  }
  return unpacked;
}

async function readWhole(file: FileHandle, position: number, size: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  let done = 0;
  while (done < size) {
    const { bytesRead } = await file.read(bytes, done, size - done, position + done);
    if (bytesRead === 0) throw new Error("the file got shorter");
    done += bytesRead;
  }
  return bytes;
}

async function writeWhole(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}
