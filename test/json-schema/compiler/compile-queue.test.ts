import { afterEach, describe, expect, it, vi } from "vitest";
import {
  type CompileQueue,
  type CompileQueueOptions,
  createCompileQueue,
} from "../../../src/json-schema/compiler/compile-queue.ts";
import { JsonSchemaBusyError } from "../../../src/json-schema/json-schema-error.ts";
import { createCostlySchema } from "../support/costly-schemas.ts";

const NEVER = new AbortController().signal;
const PATIENCE_MS = 120_000;

let queue: CompileQueue | undefined;
afterEach(() => queue?.close());

function open(options: Partial<CompileQueueOptions> = {}) {
  const opened = createCompileQueue({
    deadlineMs: 600_000,
    firstTryMs: 200,
    maxWaiting: 32,
    maxWaitMs: 600_000,
    ...options,
  });
  queue = opened;
  const ended: string[] = [];
  const refused: unknown[] = [];
  return {
    ended,
    refused,
    compile: (schema: unknown, signal = NEVER) => opened.compile(JSON.stringify(schema), signal),
    /** Nobody looks at how it ends, except through `ended` and `refused`. */
    sendCostly(number: number): void {
      opened.compile(JSON.stringify(createCostlySchema(number)), NEVER).then(
        () => ended.push(`costly ${number}`),
        (error: unknown) => {
          ended.push(`costly ${number}`);
          refused.push(error);
        },
      );
    },
  };
}

describe("the line of schemas to compile", { timeout: PATIENCE_MS }, () => {
  it("does not keep a usual schema behind ten costly ones that came before it", async () => {
    const { compile, sendCostly, ended } = open();
    for (let number = 0; number < 10; number++) sendCostly(number);
    await expect(compile({ type: "boolean" })).resolves.toMatchObject({ unenforced: [] });
    expect(ended).toEqual([]);
  });

  it("holds a number of schemas and refuses the next one", async () => {
    const { compile, sendCostly } = open({ maxWaiting: 2 });
    // The thread is still starting, so that both wait.
    sendCostly(1);
    sendCostly(2);
    await expect(compile({ type: "boolean" })).rejects.toBeInstanceOf(JsonSchemaBusyError);
  });

  it("lets a usual schema in although it is full of costly ones", async () => {
    const { compile, sendCostly, refused } = open({ maxWaiting: 4 });
    for (let number = 0; number < 4; number++) sendCostly(number);
    await vi.waitFor(() => compile({ type: "boolean" }), { timeout: PATIENCE_MS, interval: 50 });
    sendCostly(5);
    sendCostly(6);
    await vi.waitFor(() => expect(refused).not.toEqual([]), { timeout: PATIENCE_MS });
    await expect(compile({ type: "integer" })).resolves.toMatchObject({ unenforced: [] });
    expect(refused.every((error) => error instanceof JsonSchemaBusyError)).toBe(true);
  });

  it("refuses a schema that has waited too long for its turn", async () => {
    const { compile, sendCostly, ended } = open({ firstTryMs: 600_000, maxWaitMs: 5000 });
    await compile({ type: "boolean" });
    sendCostly(1);
    await expect(compile({ type: "integer" })).rejects.toBeInstanceOf(JsonSchemaBusyError);
    expect(ended).toEqual([]);
  });
});
