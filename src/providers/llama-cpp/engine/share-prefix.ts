import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { LlamaContextSequence } from "node-llama-cpp";

/**
 * Copies what one sequence holds into another, also while the first is decoding (between two of its steps). Goes over
 * a file since the library offers no other public way; that takes milliseconds, evaluating the tokens takes seconds.
 */
export async function sharePrefix(from: LlamaContextSequence, to: LlamaContextSequence): Promise<void> {
  // The state tells what was asked: a folder that only this user can read, gone at once.
  const folder = await mkdtemp(path.join(os.tmpdir(), "tailor-engine-"));
  try {
    const file = path.join(folder, "state");
    await from.saveStateToFile(file);
    await to.loadStateFromFile(file, { acceptRisk: true });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
