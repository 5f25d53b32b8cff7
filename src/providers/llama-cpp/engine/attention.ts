import type { Llama } from "node-llama-cpp";

/** How a context calculates attention, and how it keeps what that needs. */
export interface Attention {
  /** "auto" is llama.cpp's own choice: on, wherever the model and the device allow it. */
  readonly flash: boolean | "auto";
  /** Of the values; the keys are 16-bit floats. */
  readonly valueType: "F16" | "F32";
}

export const USUAL_ATTENTION: Attention = { flash: "auto", valueType: "F16" };
/** With 16-bit values plain attention rounds its weights too, which moves the likeliest tokens more than all else. */
const PLAIN_ATTENTION: Attention = { flash: false, valueType: "F32" };

/**
 * llama.cpp's flash attention takes one key and value after the other on a CPU, for each new token anew. Where that CPU
 * has AVX2 and no AVX-512, plain attention is faster, the more so the more tokens a decode has (docs/engine.md has
 * figures). With AVX-512 flash attention stays: there a decode of several tokens gives the same bits as one of each.
 */
export function pickAttention(
  { gpu, systemInfo }: Pick<Llama, "gpu" | "systemInfo">,
  wanted: boolean | null,
): Attention {
  if (gpu !== false) return wanted === null ? USUAL_ATTENTION : { flash: wanted, valueType: "F16" };
  if (wanted !== null) return wanted ? { flash: true, valueType: "F16" } : PLAIN_ATTENTION;
  return /\bAVX2 = 1\b/.test(systemInfo) && !/\bAVX512 = 1\b/.test(systemInfo)
    ? PLAIN_ATTENTION
    : USUAL_ATTENTION;
}
