import { expect, it } from "vitest";
import { createLastWords } from "../../../src/providers/llama-cpp/last-words.ts";

function read(...texts: string[]): string | null {
  const words = createLastWords();
  for (const text of texts) words.push(text);
  return words.read();
}

it.each([
  [
    "/home/runner/llama.cpp/ggml/src/ggml.c:4711: GGML_ASSERT(a->ne[2] == 1) failed",
    "ggml.c:4711: GGML_ASSERT(a->ne[2] == 1) failed",
  ],
  ["CUDA error: out of memory", "CUDA error: out of memory"],
  [
    "ggml_backend_cuda_buffer_type_alloc_buffer: allocating 12.00 MiB on device 0: cudaMalloc failed",
    "ggml_backend_cuda_buffer_type_alloc_buffer: allocating 12.00 MiB on device 0: cudaMalloc failed",
  ],
  [
    "terminate called after throwing an instance of 'std::bad_alloc'\n  what():  std::bad_alloc",
    "terminate called after throwing an instance of 'std::bad_alloc' | what():  std::bad_alloc",
  ],
  [
    "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
    "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
  ],
])("keeps what native code says: %s", (text, kept) => {
  expect(read(text)).toBe(kept);
  expect(read(`${text}\n`)).toBe(kept);
});

it("drops what may be a client's text, and what is quoted", () => {
  const secret = "navy blazer for Anna";
  expect(read(`${secret}\nError: ${secret}\n  what():  unexpected text after ${secret}\n`)).toBeNull();
  expect(read(`llama_grammar_accept: cannot take '${secret}' or "${secret}" or '${secret}\n`)).toBe(
    "llama_grammar_accept: cannot take … or … or …",
  );
  expect(read("terminate called after throwing an instance of 'Anna'")).not.toContain("Anna");
});

it("puts lines together that come in pieces", () => {
  expect(read("CUDA er", "ror: out of", " memory\nsomething else\nCUDA error: x")).toBe(
    "CUDA error: out of memory | CUDA error: x",
  );
});

it("keeps the last five lines, and no more of one than is needed", () => {
  const lines = Array.from({ length: 40 }, (_, index) => `ggml_step: ${index}`);
  expect(read(lines.join("\n"))).toBe(lines.slice(-5).join(" | "));
  expect(read(`ggml_step: ${"x".repeat(100_000)}`, "y".repeat(100_000), "\n")?.length).toBe(200);
});
