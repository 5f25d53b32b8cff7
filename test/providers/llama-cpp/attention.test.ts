import { expect, it } from "vitest";
import { pickAttention, USUAL_ATTENTION } from "../../../src/providers/llama-cpp/engine/attention.ts";
import { createTinyProvider } from "../../support/tiny-engine.ts";
import { createCall } from "./create-call.ts";

const PLAIN = { flash: false, valueType: "F32" };
const show = (vendor: string, family: number, model: number) =>
  `processor\t: 0\nvendor_id\t: ${vendor}\ncpu family\t: ${family}\nmodel\t\t: ${model}\nmodel name\t: AMD EPYC\n`;
const ZEN = show("AuthenticAMD", 23, 1);
const ZEN2 = show("AuthenticAMD", 23, 49);
const ZEN3 = show("AuthenticAMD", 25, 1);
const INTEL = show("GenuineIntel", 6, 207);

it.each([
  ["plain where a CPU halves AVX2", false, ZEN, null, PLAIN],
  ["llama.cpp's choice on the next generation", false, ZEN2, null, USUAL_ATTENTION],
  ["llama.cpp's choice on a later one", false, ZEN3, null, USUAL_ATTENTION],
  ["llama.cpp's choice on another maker's", false, INTEL, null, USUAL_ATTENTION],
  ["llama.cpp's choice on a system that tells nothing", false, "", null, USUAL_ATTENTION],
  ["llama.cpp's choice on an accelerator", "cuda", ZEN, null, USUAL_ATTENTION],
  ["what was asked for on a CPU", false, ZEN, true, { flash: true, valueType: "F16" }],
  ["what was refused on a CPU", false, INTEL, false, PLAIN],
  ["what was refused on an accelerator", "cuda", ZEN, false, { flash: false, valueType: "F16" }],
] as const)("is %s", (_name, gpu, cpuInfo, wanted, attention) => {
  expect(pickAttention({ gpu }, wanted, cpuInfo)).toEqual(attention);
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
