import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { LlamaCppProvider } from "../../../src/providers/llama-cpp/llama-cpp-provider.ts";
import { createLoadBlame } from "../../../src/providers/llama-cpp/load-blame.ts";
import { createTinyProvider } from "../../support/tiny-engine.ts";
import { createCall } from "./create-call.ts";
import { createSpec } from "./create-spec.ts";

const providers: LlamaCppProvider[] = [];
afterEach(() => Promise.all(providers.splice(0).map((provider) => provider.close(0))));

describe("createLoadBlame", () => {
  const file = path.join(mkdtempSync(path.join(tmpdir(), "tailor-blame-")), "model.gguf");
  const model = createSpec({ name: "bad", path: file });

  it("gives a model up after three crashes in a row, until its file changes", () => {
    writeFileSync(file, "one");
    const blame = createLoadBlame();
    for (let crash = 0; crash < 2; crash++) blame.record(model, "SIGSEGV");
    expect(blame.reasonAgainst(model)).toBeNull();
    blame.record(model, "SIGSEGV");
    expect(blame.reasonAgainst(model)).toMatch(/ended the engine 3 times \(SIGSEGV\).*when the file changes/);
    expect(blame.reasonAgainst({ ...model, version: "2" })).toBeNull();
    writeFileSync(file, "another content");
    expect(blame.reasonAgainst(model)).toBeNull();
  });

  it("forgets crashes once the model was loaded", () => {
    const blame = createLoadBlame();
    for (let crash = 0; crash < 2; crash++) blame.record(model, "SIGSEGV");
    blame.forgive(model);
    blame.record(model, "SIGSEGV");
    expect(blame.reasonAgainst(model)).toBeNull();
  });
});

it("stops loading a model that keeps ending the engine, and says so", { timeout: 120_000 }, async () => {
  const provider = createTinyProvider();
  providers.push(provider);
  // Each engine dies while it loads the model, as over a file that crashes native code.
  for (let crash = 0; crash < 3; crash++) {
    await vi.waitFor(
      () => {
        expect(provider.stats().models[0]?.state).toBe("loading");
        expect(provider.stats().restarts).toBe(crash);
      },
      { timeout: 30_000, interval: 1 },
    );
    process.kill(provider.stats().processId ?? 0, "SIGKILL");
    await vi.waitFor(() => expect(provider.health().state).not.toBe("loading"), { interval: 1 });
  }
  await vi.waitFor(() => expect(provider.stats().restarts).toBe(3), { timeout: 30_000 });
  await vi.waitFor(() => expect(provider.health().detail).toMatch(/ended the engine 3 times/), {
    timeout: 30_000,
  });
  expect(provider.health().state).toBe("failed");
  await expect(provider.complete(createCall())).rejects.toMatchObject({ kind: "unavailable" });
  expect(provider.stats().restarts).toBe(3);
});
