import {
  closeSync,
  fstatSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeFrame, readFrame } from "../../src/store/spool/frames.ts";
import { createPromiseFile, readPromised } from "../../src/store/spool/promise-file.ts";
import { createSpool } from "../../src/store/spool/spool.ts";
import { createSpoolReader } from "../../src/store/spool/spool-reader.ts";
import type { SpooledEntry } from "../../src/store/writer/writer-messages.ts";

function createEntry(number: number, text = `{"number":${number}}`): SpooledEntry {
  return { id: `id-${number}`, kind: "inference", text, promise: number };
}

function createFolder(): string {
  return mkdtempSync(join(tmpdir(), "tailor-spool-"));
}

/** What a reader finds in a folder that nobody writes any more. */
function readAll(folder: string) {
  const reader = createSpoolReader(folder, () => true);
  const promises: (number | null)[] = [];
  for (let entries = reader.peek(3); entries.length > 0; entries = reader.peek(3)) {
    promises.push(...entries.map(({ promise }) => promise));
    reader.take();
  }
  return { promises, ...reader.counts() };
}

function writeSpool(count: number): { folder: string; file: string } {
  const folder = createFolder();
  const spool = createSpool(folder, { maxBytes: 1_000_000 });
  const entries = Array.from({ length: count }, (_, index) => createEntry(index + 1));
  spool.append(entries, { isDurable: true });
  spool.seal();
  return { folder, file: join(folder, readdirSync(folder)[0] ?? "") };
}

describe("a frame", () => {
  it("gives back any entry exactly", () => {
    const entry = fc.record({
      id: fc.uuid(),
      kind: fc.constantFrom("inference", "shadow", "feedback"),
      text: fc.json(),
      promise: fc.option(fc.nat(), { nil: null }),
    });
    fc.assert(
      fc.property(entry, (given) => {
        const bytes = encodeFrame(given as SpooledEntry);
        expect(readFrame(bytes, 0)).toEqual({ entry: given, end: bytes.length });
      }),
    );
  });

  it("is never read wrongly, whatever single byte is changed, and the one behind it is always found", () => {
    const [first, second] = [encodeFrame(createEntry(1)), encodeFrame(createEntry(2))];
    const whole = Buffer.concat([first, second]);
    for (let place = 0; place < first.length; place += 1) {
      for (const mask of [0x01, 0x80, 0xff]) {
        const bytes = Buffer.from(whole);
        bytes.writeUInt8(bytes.readUInt8(place) ^ mask, place);
        const found: (string | null)[] = [];
        for (let frame = readFrame(bytes, 0); frame !== null; frame = readFrame(bytes, frame.end)) {
          found.push(frame.entry?.id ?? null);
        }
        expect(found).toEqual([null, "id-2"]);
      }
    }
  });
});

describe("a spool", () => {
  it("is read in the order it was written, over several files, while it is written", () => {
    const folder = createFolder();
    const spool = createSpool(folder, { maxBytes: 1_000_000 });
    const seen: (number | null)[] = [];
    for (let number = 1; number <= 40; number += 1) {
      spool.append([createEntry(number)], { isDurable: false });
      if (number % 7 !== 0) continue;
      spool.seal();
      for (const entry of spool.reader.peek(2)) seen.push(entry.promise);
      spool.reader.take();
    }
    spool.seal();
    for (let entries = spool.reader.peek(10); entries.length > 0; entries = spool.reader.peek(10)) {
      seen.push(...entries.map(({ promise }) => promise));
      spool.reader.take();
    }
    expect(seen).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
    expect(readdirSync(folder)).toEqual([]);
    expect(spool.measureBytes()).toBe(0);
  });

  it("has the name of each new file on disk too before a durable append is done", () => {
    const synced: string[][] = [];
    const folder = createFolder();
    const syncFolder = (given: string) => void synced.push(readdirSync(given));
    const spool = createSpool(folder, { maxBytes: 1_000_000, syncFolder });
    spool.append([createEntry(1)], { isDurable: false });
    expect(synced).toEqual([]);
    for (const number of [2, 3]) spool.append([createEntry(number)], { isDurable: true });
    expect(synced).toEqual([["00000001.spool"]]);
    spool.seal();
    spool.append([createEntry(4)], { isDurable: true });
    expect(synced).toEqual([["00000001.spool"], ["00000001.spool", "00000002.spool"]]);
  });

  it("gives the same entries again until they are taken", () => {
    const { folder } = writeSpool(5);
    const reader = createSpoolReader(folder, () => true);
    expect(reader.peek(2)).toEqual(reader.peek(2));
    expect(createSpoolReader(folder, () => true).peek(1)).toMatchObject([{ promise: 1 }]);
  });

  it("takes all of a batch or, at its limit, none", () => {
    const folder = createFolder();
    const spool = createSpool(folder, { maxBytes: 1_000 });
    spool.append([createEntry(1)], { isDurable: false });
    const large = [createEntry(2), createEntry(3, "x".repeat(2_000))];
    expect(() => spool.append(large, { isDurable: false })).toThrow(
      expect.objectContaining({ code: "SPOOL_FULL" }),
    );
    spool.append([createEntry(4)], { isDurable: false });
    spool.seal();
    expect(readAll(folder).promises).toEqual([1, 4]);
  });

  it("loses the torn last entry alone", () => {
    const { folder, file } = writeSpool(6);
    truncateSync(file, readFileSync(file).length - 3);
    expect(readAll(folder)).toEqual({ promises: [1, 2, 3, 4, 5], damaged: 1, damagedBeforeWhole: 0 });
  });

  it("loses a damaged entry in the midst alone, and tells it from one at the end", () => {
    const { folder, file } = writeSpool(6);
    const bytes = readFileSync(file);
    const place = bytes.indexOf("id-3");
    bytes.writeUInt8(bytes.readUInt8(place) ^ 0x10, place);
    writeFileSync(file, bytes.subarray(0, bytes.length - 1));
    expect(readAll(folder)).toEqual({ promises: [1, 2, 4, 5], damaged: 2, damagedBeforeWhole: 1 });
  });

  it("goes on behind a file that holds nothing but rubbish", () => {
    const { folder } = writeSpool(2);
    writeFileSync(join(folder, "00000000.spool"), Buffer.alloc(5_000, "rubbish"));
    expect(readAll(folder)).toEqual({ promises: [1, 2], damaged: 1, damagedBeforeWhole: 1 });
  });
});

describe("a promise file", () => {
  it("neither writes to nor closes the file that has its number once it is closed", () => {
    const folder = createFolder();
    const promises = createPromiseFile(folder);
    expect(promises.add()).toBe(1);
    // Opened the moment after, each gets the lowest number that is free: one of them is the closed one.
    promises.close();
    const others = Array.from({ length: 8 }, (_, index) => openSync(join(folder, `other-${index}`), "w+"));
    expect(promises.add()).toBe(2);
    promises.close();
    expect(others.map((file) => fstatSync(file).size)).toEqual(others.map(() => 0));
    for (const file of others) closeSync(file);
    expect(readPromised(folder)).toBe(1);
  });
});
