import { InsufficientMemoryError } from "node-llama-cpp";
import { ModelFileError } from "./model-file.ts";

const MAX_QUOTED = 100;

/**
 * One sentence for people: what is wrong and what to do. Holds no path, since it may show up in answers. `log` is what
 * llama.cpp wrote meanwhile.
 */
export function describeLoadError(error: unknown, log: string): string {
  if (error instanceof ModelFileError) return error.message;
  const message = error instanceof Error ? error.message : "";
  if (
    error instanceof InsufficientMemoryError ||
    /(unable|failed) to allocate|out of memory|insufficient/i.test(message + log)
  ) {
    return "not enough memory. Lower maxContextLength or sequences, or use a smaller model.";
  }
  const architecture = /unknown model architecture: '([\w.+-]{1,40})'/.exec(log)?.[1];
  if (architecture !== undefined) {
    return `the model file has the architecture "${architecture}", which this engine cannot run; use one that llama.cpp knows.`;
  }
  const quoted = /(?:error loading model|failed to apply lora adapter): ([^\n/\\]+)$/m.exec(log)?.[1] ?? "";
  const why = quoted === "" ? "" : ` (${quoted.slice(0, MAX_QUOTED)})`;
  return `llama.cpp refused the file${why}; export it again for this version of llama.cpp.`;
}
