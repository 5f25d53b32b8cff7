import { linkSync, mkdtempSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, it } from "vitest";
import { readFileStamp, readModelStamp } from "../../../src/providers/llama-cpp/file-stamp.ts";
import { createSpec } from "./create-spec.ts";

const folder = mkdtempSync(path.join(tmpdir(), "tailor-stamp-"));

function write(name: string, content: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  return file;
}

it("is the same by every path to a file, and another one for a copy", () => {
  const file = write("one.gguf", "one");
  const [linked, symbolic] = [path.join(folder, "linked.gguf"), path.join(folder, "symbolic.gguf")];
  linkSync(file, linked);
  symlinkSync(file, symbolic);
  expect([readFileStamp(linked), readFileStamp(symbolic)]).toEqual([
    readFileStamp(file),
    readFileStamp(file),
  ]);
  expect(readFileStamp(write("copy.gguf", "one"))).not.toBe(readFileStamp(file));
});

it("changes when the file is written or replaced", () => {
  const file = write("two.gguf", "one");
  const stamps = [readFileStamp(file)];
  write("two.gguf", "longer");
  stamps.push(readFileStamp(file));
  renameSync(write("next.gguf", "longer"), file);
  stamps.push(readFileStamp(file));
  expect(new Set(stamps).size).toBe(3);
});

it("is none for a file that is not there or no file at all", () => {
  expect(readFileStamp(path.join(folder, "none.gguf"))).toBeNull();
  expect(readFileStamp(path.join(write("three.gguf", ""), "below.gguf"))).toBeNull();
});

it("of a model changes with each of its files", () => {
  const spec = createSpec({ path: write("base.gguf", "base"), adapterPath: write("adapter.gguf", "one") });
  const before = readModelStamp(spec);
  write("adapter.gguf", "another");
  expect(readModelStamp(spec)).not.toBe(before);
  expect(readModelStamp({ ...spec, adapterPath: null })).not.toBe(before);
});
