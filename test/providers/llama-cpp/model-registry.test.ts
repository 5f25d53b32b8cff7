import { mkdtempSync, renameSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, expect, it, vi } from "vitest";
import { createModelRegistry, type ModelRegistry } from "../../../src/providers/llama-cpp/model-registry.ts";
import { findModel } from "../../../src/providers/llama-cpp/model-source.ts";

let registry: ModelRegistry | undefined;
afterEach(() => registry?.close());

function createEntry(name: string, rest: object = {}) {
  const fixed = { status: "active", createdAt: "2026-01-02T03:04:05Z", aliases: [] };
  return { name, path: name, file: "model.gguf", sha256: "a".repeat(64), ...fixed, ...rest };
}

function writeRegistry(folder: string, content: object | string): void {
  const file = path.join(folder, "registry.json");
  writeFileSync(`${file}.new`, typeof content === "string" ? content : JSON.stringify(content));
  renameSync(`${file}.new`, file);
}

function openFolder(content?: object | string) {
  const folder = mkdtempSync(path.join(tmpdir(), "tailor-registry-"));
  if (content !== undefined) writeRegistry(folder, content);
  registry = createModelRegistry({ modelsDir: folder, pollMs: 10 });
  return { folder, registry };
}

it("finds models by name, alias and as default", () => {
  const { folder, registry: opened } = openFolder({
    schemaVersion: 1,
    default: "two",
    models: [createEntry("one", { aliases: ["uno"] }), createEntry("two", { trainedOn: "anything" })],
  });
  const catalogue = opened.current();
  expect(findModel(catalogue, "default")).toMatchObject({
    name: "two",
    path: path.join(folder, "two", "model.gguf"),
    version: `two@${"a".repeat(12)}`,
    created: Date.UTC(2026, 0, 2, 3, 4, 5) / 1000,
  });
  expect(findModel(catalogue, "uno")?.name).toBe("one");
  expect(findModel(catalogue, "three")).toBeUndefined();
});

it.each([
  [undefined, undefined],
  [false, { isOn: false, isMatryoshka: false }],
  [true, { isOn: true, isMatryoshka: false }],
  [{ pooling: "mean" }, { isOn: true, pooling: "mean", isMatryoshka: false }],
  [{ matryoshka: true }, { isOn: true, pooling: undefined, isMatryoshka: true }],
])("reads what an entry says about embeddings: %j", (embeddings, expected) => {
  const { registry: opened } = openFolder({
    schemaVersion: 1,
    default: "one",
    models: [createEntry("one", embeddings === undefined ? {} : { embeddings })],
  });
  expect(findModel(opened.current(), "one")?.embeddings).toEqual(expected);
});

it("tells an adapter's version with the model's", () => {
  const adapter = { name: "style", file: "adapter.gguf" };
  const { registry: opened } = openFolder({
    schemaVersion: 1,
    default: null,
    models: [
      createEntry("old", { adapter }),
      createEntry("new", { adapter, adapterSha256: "b".repeat(64) }),
      createEntry("merged", { adapter: null }),
    ],
  });
  const base = "a".repeat(12);
  expect(opened.current().models.map(({ version }) => version)).toEqual([
    `old@${base}+style`,
    `new@${base}+${"b".repeat(12)}`,
    `merged@${base}`,
  ]);
});

it("tells its listeners when the file is replaced", async () => {
  const { folder, registry: opened } = openFolder();
  const listener = vi.fn();
  opened.onChange(listener);
  expect(opened.problem()).toContain("missing");
  writeRegistry(folder, { schemaVersion: 1, default: "one", models: [createEntry("one")] });
  await vi.waitFor(() => expect(listener).toHaveBeenCalledOnce());
  expect(opened.problem()).toBeNull();
  expect(opened.current().defaultName).toBe("one");
});

it.each([
  ["no JSON", "{"],
  ["another version", { schemaVersion: 2, default: null, models: [] }],
  ["a default that is not there", { schemaVersion: 1, default: "two", models: [createEntry("one")] }],
  [
    "a default that is rejected",
    { schemaVersion: 1, default: "one", models: [createEntry("one", { status: "rejected" })] },
  ],
  [
    "a pooling that nobody knows",
    { schemaVersion: 1, default: "one", models: [createEntry("one", { embeddings: { pooling: "max" } })] },
  ],
  [
    "a path out of the folder",
    { schemaVersion: 1, default: "one", models: [createEntry("one", { path: "../else" })] },
  ],
])("keeps the last good file when the new one is broken: %s", async (_what, broken) => {
  const { folder, registry: opened } = openFolder({
    schemaVersion: 1,
    default: "one",
    models: [createEntry("one")],
  });
  writeRegistry(folder, broken);
  await vi.waitFor(() => expect(opened.problem()).toContain("not usable"));
  expect(findModel(opened.current(), "default")?.path).toBe(path.join(folder, "one", "model.gguf"));
});
