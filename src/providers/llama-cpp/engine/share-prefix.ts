import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import path from "node:path";
import type { LlamaContextSequence } from "node-llama-cpp";
import type { StateFolder } from "./state-folder.ts";

/**
 * Copies what one sequence holds into another, also while the first is decoding (between two of its steps). Goes over
 * a file since the library offers no other public way; that takes milliseconds, evaluating the tokens takes seconds.
 */
export async function sharePrefix(options: {
  readonly from: LlamaContextSequence;
  readonly to: LlamaContextSequence;
  readonly folder: StateFolder;
}): Promise<void> {
  const file = path.join(options.folder.path, randomUUID());
  try {
    await options.from.saveStateToFile(file);
    await options.to.loadStateFromFile(file, { acceptRisk: true });
  } finally {
    await rm(file, { force: true });
  }
}
