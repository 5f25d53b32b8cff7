import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createLineWriter, readLines } from "../../src/dataset/line-files.ts";
import { createFolder } from "./samples.ts";

async function readAll(path: string) {
  const reader = readLines(path);
  const lines: string[] = [];
  for await (const line of reader.lines) lines.push(line);
  return { lines, facts: reader.facts() };
}

it("reads back the lines it wrote, whatever characters and lengths they have", async () => {
  const path = join(createFolder(), "lines.jsonl");
  const lines = ["é\u2028\u2029👗", "x".repeat(200_000), "👗".repeat(70_000), "last"];
  const writer = await createLineWriter(path);
  for (const line of lines) await writer.write(line);
  const written = await writer.close();
  const read = await readAll(path);
  expect(read.lines).toEqual(lines);
  expect(read.facts).toEqual(written);
  expect(written.sha256).toBe(createHash("sha256").update(readFileSync(path)).digest("hex"));
  expect(written).toMatchObject({ file: "lines.jsonl", lines: 4, bytes: readFileSync(path).length });
});

it("reads files without a last line feed and skips blank lines", async () => {
  const path = join(createFolder(), "lines.jsonl");
  writeFileSync(path, "one\r\n\n  \ntwo");
  const { lines, facts } = await readAll(path);
  expect(lines.map((line) => line.trim())).toEqual(["one", "two"]);
  expect(facts.lines).toBe(2);
});
