/** What an engine's native code said on its error stream, as far as it can be shown. */
export interface LastWords {
  /** Text as it comes, cut anywhere. */
  push(text: string): void;
  /** The last few lines that say what happened; null when there are none. */
  read(): string | null;
}

const MAX_LINES = 5;
const MAX_LINE_LENGTH = 200;
/** Of a line that has no end yet; what is beyond is not looked at. */
const MAX_HELD = 4096;

/**
 * Lines by which llama.cpp, an accelerator's library, the C++ run time and V8 say why they end the process. Any other
 * line is dropped: it may hold a prompt, an answer or a schema.
 */
const TELLING = [
  // An assertion, or what the library itself calls fatal: `ggml.c:123: GGML_ASSERT(a == b) failed`.
  /^[\w./\\-]+\.(?:c|cc|cpp|cu|cuh|h|hpp|m|metal):\d+: /,
  /^(?:ggml|llama|gguf|clip)_\w+: /,
  /^(?:CUDA|Vulkan|HIP|Metal|ROCm)\b[\w ]*error/i,
  /^ {2}current device: \d+, in function \w+/,
  /^(?:terminate called|libc\+\+abi: terminating)/,
  // Only what the standard library says: other messages may quote the text they are about.
  /^ {2}what\(\): +(?:std::|vector::|basic_string::|map::|unordered_map::)[\w:]+$/,
  /^FATAL ERROR: [\w: -]*heap[\w: -]*/,
];

export function createLastWords(): LastWords {
  const lines: string[] = [];
  let held = "";

  function take(line: string): void {
    if (!TELLING.some((form) => form.test(line))) return;
    lines.push(scrub(line));
    if (lines.length > MAX_LINES) lines.shift();
  }

  return {
    push(text) {
      const [first = "", ...rest] = text.split(/\r?\n/);
      held += first.slice(0, MAX_HELD - held.length);
      for (const line of rest) {
        take(held);
        held = line.slice(0, MAX_HELD);
      }
    },
    read() {
      take(held);
      held = "";
      return lines.length === 0 ? null : lines.join(" | ");
    },
  };
}

/** Without folders, and without what is quoted unless it is the name of a C++ type. */
function scrub(line: string): string {
  return line
    .replaceAll(/'[^']*'?|"[^"]*"?|`[^`]*`?/g, (quoted) => (/^'\w+::\w+'$/.test(quoted) ? quoted : "…"))
    .replaceAll(/(?:[\w.-]*[/\\])+/g, "")
    .trim()
    .slice(0, MAX_LINE_LENGTH);
}
