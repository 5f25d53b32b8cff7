import { InsufficientMemoryError } from "node-llama-cpp";
import { ModelFileError } from "./model-file.ts";

/** One sentence for people, without the path: it may show up in answers. `log`: what the engine wrote meanwhile. */
export function describeLoadError(error: unknown, log: string): string {
  if (error instanceof ModelFileError) return error.message;
  const message = error instanceof Error ? error.message : "";
  if (error instanceof InsufficientMemoryError || /insufficient|memory|alloc/i.test(message + log)) {
    return "not enough memory. Lower maxContextLength or sequences, or use a smaller model.";
  }
  const found =
    /missing tensor|wrong shape|unknown model architecture|key not found|vocab|adapter|lora/i.exec(log);
  const why = found === null ? "" : ` (${found[0].toLowerCase()})`;
  return `llama.cpp refused the file${why}; export it again with the llama.cpp version of this engine.`;
}
