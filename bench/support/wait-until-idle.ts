import { waitUntilQuiet } from "../../src/providers/llama-cpp/engine/quiet-machine.ts";

const LONGEST_WAIT_MS = 5 * 60_000;

/** Waits until nothing else uses the cores: figures would say little. Gives up, and says so, after five minutes. */
export async function waitUntilIdle(): Promise<void> {
  const deadline = performance.now() + LONGEST_WAIT_MS;
  if (await waitUntilQuiet()) return;
  console.log("waiting for the machine to be idle");
  while (performance.now() < deadline) {
    if (await waitUntilQuiet()) return;
  }
  console.log("the machine is still busy: the figures say little");
}
