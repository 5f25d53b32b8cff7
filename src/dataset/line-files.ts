import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { basename, dirname } from "node:path";

/** What a manifest says of a file: its name without folders, its content's hash, its lines that are not blank. */
export interface LineFileFacts {
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly lines: number;
}

export interface LineReader {
  /** Consume once. Blank lines are left out. */
  readonly lines: AsyncIterable<string>;
  /** Complete once `lines` is. */
  facts(): LineFileFacts;
}

/** Lines of a text file in constant memory. Cut at line feeds only: JSON may hold U+2028, which readline cuts at too. */
export function readLines(path: string): LineReader {
  const hash = createHash("sha256");
  let bytes = 0;
  let count = 0;

  async function* lines(): AsyncIterable<string> {
    const decoder = new TextDecoder("utf-8");
    let rest = "";
    for await (const chunk of createReadStream(path)) {
      // Without an encoding the stream yields buffers; its type says any.
      const buffer = chunk as Buffer;
      hash.update(buffer);
      bytes += buffer.length;
      const pieces = (rest + decoder.decode(buffer, { stream: true })).split("\n");
      rest = pieces.pop() ?? "";
      for (const line of pieces) {
        if (line.trim() === "") continue;
        count += 1;
        yield line;
      }
    }
    rest += decoder.decode();
    if (rest.trim() === "") return;
    count += 1;
    yield rest;
  }

  return {
    lines: lines(),
    facts: () => ({ file: basename(path), sha256: hash.copy().digest("hex"), bytes, lines: count }),
  };
}

export interface LineWriter {
  write(line: string): Promise<void>;
  /** Flushes to disk and closes. */
  close(): Promise<LineFileFacts>;
}

const BUFFERED_CHARACTERS = 64 * 1024;

/** Writes lines to a new file, an existing one is replaced. */
export async function createLineWriter(path: string): Promise<LineWriter> {
  const file = await open(path, "w");
  const hash = createHash("sha256");
  let buffered: string[] = [];
  let characters = 0;
  let bytes = 0;
  let count = 0;

  async function flush(): Promise<void> {
    const buffer = Buffer.from(buffered.join(""));
    buffered = [];
    characters = 0;
    bytes += buffer.length;
    hash.update(buffer);
    await file.writeFile(buffer);
  }

  return {
    async write(line) {
      buffered.push(line, "\n");
      characters += line.length;
      count += 1;
      if (characters > BUFFERED_CHARACTERS) await flush();
    },
    async close() {
      await flush();
      await file.sync();
      await file.close();
      return { file: basename(path), sha256: hash.digest("hex"), bytes, lines: count };
    },
  };
}

/** Writes a file whole or not at all: one that is cut short would look like a smaller one. Makes its folder. */
export async function writeLineFile(
  path: string,
  lines: Iterable<string> | AsyncIterable<string>,
): Promise<LineFileFacts> {
  await mkdir(dirname(path), { recursive: true });
  const unfinished = `${path}.${process.pid}.unfinished`;
  try {
    const writer = await createLineWriter(unfinished);
    for await (const line of lines) await writer.write(line);
    const facts = await writer.close();
    await rename(unfinished, path);
    return { ...facts, file: basename(path) };
  } finally {
    await rm(unfinished, { force: true });
  }
}
