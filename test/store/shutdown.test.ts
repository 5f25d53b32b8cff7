import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { openStore } from "../../src/store/open-store.ts";
import { collect, createDatabaseUrl } from "./records.ts";

const PROGRAM = fileURLToPath(new URL("./fixtures/recording-process.ts", import.meta.url));

/** Reads acknowledged ids until there are `count` of them, then signals; resolves with all ids once the child is gone. */
async function signalAfter(
  child: ChildProcessByStdio<null, Readable, null>,
  count: number,
): Promise<string[]> {
  let text = "";
  child.stdout.setEncoding("utf8");
  child.stdout.on("data", (chunk: string) => {
    const before = text.length;
    text += chunk;
    if (before < count * 37 && text.length >= count * 37) child.kill("SIGTERM");
  });
  await once(child, "close");
  return text.split("\n").filter((line) => line !== "");
}

it("has every acknowledged record, with its shadow, after SIGTERM, while others read", async () => {
  const url = createDatabaseUrl();
  const child = spawn(process.execPath, [PROGRAM, url], { stdio: ["ignore", "pipe", "inherit"] });
  const acknowledged = await signalAfter(child, 3_000);
  expect([child.exitCode, child.signalCode]).toEqual([0, null]);
  expect(acknowledged.length).toBeGreaterThanOrEqual(3_000);

  const store = await openStore({ url });
  const pairs = await collect(store.reader.streamPairs({ hasShadow: true }));
  await store.close();
  const stored = new Set(pairs.map((pair) => pair.inference.id));
  expect(acknowledged.filter((id) => !stored.has(id))).toEqual([]);
  expect(stored.size).toBe(acknowledged.length);
}, 60_000);

it("lets this process read committed records while another one writes", async () => {
  const url = createDatabaseUrl();
  const reading = await openStore({ url });
  const child = spawn(process.execPath, [PROGRAM, url], { stdio: ["ignore", "pipe", "inherit"] });
  const done = signalAfter(child, 2_000);
  const counts: number[] = [];
  while (child.exitCode === null) {
    const page = await reading.reader.listInferences({ limit: 500 });
    counts.push(page.rows.length);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const acknowledged = await done;
  const pairs = await collect(reading.reader.streamPairs({}));
  await reading.close();
  expect(counts).toContain(500);
  expect(pairs.length).toBe(acknowledged.length);
}, 60_000);
