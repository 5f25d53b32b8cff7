import { waitUntilQuiet } from "../../src/providers/llama-cpp/engine/quiet-machine.ts";

const LONGEST_WAIT_MS = 5 * 60_000;

/** Waits until nothing else uses the cores: figures would say little. Gives up, and says so, after five minutes. */
export async function waitUntilIdle(): Promise<void> {
  const deadline = performance.now() + LONGEST_WAIT_MS;
  while (!(await waitUntilQuiet())) {
    console.log("waiting for the machine to be idle");
    if (performance.now() > deadline) {
      console.log("the machine is still busy: the figures say little");
      return;
    }
  }
}
