import { expect, it } from "vitest";
import { pickAttention, USUAL_ATTENTION } from "../../../src/providers/llama-cpp/engine/attention.ts";
import { createTinyProvider } from "../../support/tiny-engine.ts";
import { createCall } from "./create-call.ts";

const PLAIN = { flash: false, valueType: "F32" };
const AVX2 = "CPU : SSE3 = 1 | AVX = 1 | AVX2 = 1 | F16C = 1 | ";
const AVX512 = "CPU : SSE3 = 1 | AVX2 = 1 | F16C = 1 | AVX512 = 1 | AVX512_VNNI = 1 | ";
const ARM = "CPU : NEON = 1 | ARM_FMA = 1 | ";

it.each([
  ["plain where an x86 CPU has no AVX-512", false, AVX2, null, PLAIN],
  ["llama.cpp's choice with AVX-512", false, AVX512, null, USUAL_ATTENTION],
  ["llama.cpp's choice on another CPU", false, ARM, null, USUAL_ATTENTION],
  ["llama.cpp's choice on an accelerator", "cuda", AVX2, null, USUAL_ATTENTION],
  ["what was asked for on a CPU", false, AVX2, true, { flash: true, valueType: "F16" }],
  ["what was refused on a CPU", false, AVX512, false, PLAIN],
  ["what was refused on an accelerator", "cuda", AVX2, false, { flash: false, valueType: "F16" }],
] as const)("is %s", (_name, gpu, systemInfo, wanted, attention) => {
  expect(pickAttention({ gpu, systemInfo }, wanted)).toEqual(attention);
});

it("answers with either, and keeps more for plain attention", { timeout: 60_000 }, async () => {
  const kept: number[] = [];
  for (const flashAttention of [true, false]) {
    const provider = createTinyProvider({ flashAttention, sequences: 2 });
    try {
      const { completion } = await provider.complete(createCall({ max_tokens: 20, temperature: 0 }));
      expect(completion.usage?.completion_tokens).toBeGreaterThan(0);
      kept.push(provider.stats().models[0]?.contextBytes ?? 0);
    } finally {
      await provider.close(0);
    }
  }
  expect(kept[1]).toBeGreaterThan(kept[0] ?? Number.POSITIVE_INFINITY);
});
