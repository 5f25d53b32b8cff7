/** Bytes of a value of each fixed-size GGUF type. */
const SIZES: Readonly<Record<number, number>> = {
  0: 1,
  1: 1,
  2: 2,
  3: 2,
  4: 4,
  5: 4,
  6: 4,
  7: 1,
  10: 8,
  11: 8,
  12: 8,
};
const STRING = 8;
const ARRAY = 9;

/** The metadata entries of a GGUF whose keys begin with `prefix`, as they are in the file, and its number of tokens. */
export function readMetadata(
  bytes: Buffer,
  prefix: string,
): { readonly entries: readonly Buffer[]; readonly tokens: number } {
  let at = 8 + 8;
  const readCount = () => {
    at += 8;
    return Number(bytes.readBigUInt64LE(at - 8));
  };
  const readType = () => {
    at += 4;
    return bytes.readUInt32LE(at - 4);
  };
  const readString = () => {
    const length = readCount();
    at += length;
    return bytes.toString("utf8", at - length, at);
  };
  const skipValue = (type: number): number => {
    if (type === STRING) readString();
    else if (type === ARRAY) {
      const inner = readType();
      const count = readCount();
      for (let index = 0; index < count; index++) skipValue(inner);
      return count;
    } else at += SIZES[type] ?? 0;
    return 1;
  };

  const entries: Buffer[] = [];
  let tokens = 0;
  const count = readCount();
  for (let index = 0; index < count; index++) {
    const start = at;
    const key = readString();
    const size = skipValue(readType());
    if (key === "tokenizer.ggml.tokens") tokens = size;
    if (key.startsWith(prefix)) entries.push(bytes.subarray(start, at));
  }
  return { entries, tokens };
}
