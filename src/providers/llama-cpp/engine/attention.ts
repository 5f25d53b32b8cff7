import { readFileSync } from "node:fs";
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
 * llama.cpp's flash attention takes one key and value after the other on a CPU, for each new token anew. Where the CPU
 * makes two steps of each AVX2 instruction, plain attention is faster, the more so the more tokens a decode has; on later
 * ones it is as fast for one answer and slower for several (docs/engine.md has figures).
 */
export function pickAttention(
  { gpu }: Pick<Llama, "gpu">,
  wanted: boolean | null,
  /** Of this machine when left out. */
  cpuInfo?: string,
): Attention {
  if (gpu !== false) return wanted === null ? USUAL_ATTENTION : { flash: wanted, valueType: "F16" };
  if (wanted !== null) return wanted ? { flash: true, valueType: "F16" } : PLAIN_ATTENTION;
  return halvesAvx2(cpuInfo ?? readCpuInfo()) ? PLAIN_ATTENTION : USUAL_ATTENTION;
}

/** Zen and Zen+: family 23, models below 48 (Zen 2). Virtual machines show the family, if not the name. */
function halvesAvx2(cpuInfo: string): boolean {
  if (!/^vendor_id\s*: AuthenticAMD$/m.test(cpuInfo) || !/^cpu family\s*: 23$/m.test(cpuInfo)) return false;
  return Number(/^model\s*: (\d+)$/m.exec(cpuInfo)?.[1] ?? 48) < 48;
}

/** Empty where the system has no such file. */
function readCpuInfo(): string {
  try {
    return readFileSync("/proc/cpuinfo", "utf8");
  } catch {
    return "";
  }
}
