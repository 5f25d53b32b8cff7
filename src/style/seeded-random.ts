import { createHash } from "node:crypto";

/** A source of numbers in [0, 1); the same seed gives the same sequence (sfc32, a public-domain generator). */
export function createSeededRandom(seed: string | number): () => number {
  const digest = createHash("sha256").update(String(seed)).digest();
  let [a, b, c, counter] = [0, 4, 8, 12].map((offset) => digest.readInt32LE(offset)) as [
    // Four offsets give four words.
    number,
    number,
    number,
    number,
  ];
  return () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return (sum >>> 0) / 4294967296;
  };
}
