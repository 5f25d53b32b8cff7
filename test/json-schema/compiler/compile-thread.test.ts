import { afterEach, describe, expect, it } from "vitest";
import { type CompileThread, createCompileThread } from "../../../src/json-schema/compiler/compile-thread.ts";
import { TimeLimitExceeded } from "../../../src/json-schema/validation/run-limited.ts";
import { createCostlySchema } from "../support/costly-schemas.ts";

const NEVER = new AbortController().signal;
const PATIENCE_MS = 120_000;
const USUAL = JSON.stringify({ type: "boolean" });
const writeCostly = (number: number) => JSON.stringify(createCostlySchema(number));

let thread: CompileThread;
afterEach(() => thread.close());

async function start({ tryMs }: { tryMs: number | null }): Promise<void> {
  thread = createCompileThread({ tryMs, deadlineMs: 600_000, maxWaitMs: 600_000 });
  await thread.compile(USUAL, NEVER);
}

describe("a thread that compiles schemas", { timeout: PATIENCE_MS }, () => {
  it("hands back what takes longer than a try and goes on with the next one", async () => {
    await start({ tryMs: 200 });
    const costly = thread.compile(writeCostly(1), NEVER);
    const usual = thread.compile(USUAL, NEVER);
    await expect(costly).rejects.toBeInstanceOf(TimeLimitExceeded);
    await expect(usual).resolves.toMatchObject({ unenforced: [] });
  });

  it("breaks off the schema at hand when nobody wants it any more", async () => {
    await start({ tryMs: null });
    const controller = new AbortController();
    const costly = thread.compile(writeCostly(1), controller.signal);
    const usual = thread.compile(USUAL, NEVER);
    controller.abort(new Error("the client left"));
    await expect(costly).rejects.toThrow("the client left");
    await expect(usual).resolves.toMatchObject({ unenforced: [] });
  });

  it("forgets a schema that waits when nobody wants it any more", async () => {
    await start({ tryMs: null });
    const controller = new AbortController();
    thread.compile(writeCostly(1), NEVER).catch(() => {});
    const waiting = thread.compile(writeCostly(2), controller.signal);
    expect(thread.length).toBe(1);
    controller.abort(new Error("the client left"));
    await expect(waiting).rejects.toThrow("the client left");
    expect(thread.length).toBe(0);
  });

  it("refuses the last of those that wait, and none when none does", async () => {
    await start({ tryMs: null });
    thread.compile(writeCostly(1), NEVER).catch(() => {});
    const waiting = thread.compile(writeCostly(2), NEVER);
    expect(thread.refuseLast(new Error("pushed out"))).toBe(true);
    await expect(waiting).rejects.toThrow("pushed out");
    expect(thread.refuseLast(new Error("pushed out"))).toBe(false);
  });
});
