/** Entry of the engine's child process: all native code runs here, so that a crash in it costs one answer, not the gateway. */

import { readFileSync, writeFileSync } from "node:fs";
import { createEngineServer } from "./engine/engine-server.ts";
import type { EngineMail, ToEngine } from "./engine-messages.ts";

/** The gateway has 0 as a rule; 1000 is the most. */
const OOM_SCORE = 500;
const OOM_SCORE_FILE = "/proc/self/oom_score_adj";

offerToOutOfMemoryKiller();
const server = createEngineServer((mail: EngineMail) => {
  if (process.connected) process.send?.(mail);
});

process.on("message", (message: ToEngine) => server.receive(message));
process.on("disconnect", () => process.exit(0));
// The parent decides when the engine ends; a terminal's Ctrl-C reaches the whole group and must not cut answers.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => {});

/** When the machine's memory ends, the kernel is to take the engine, which is started again, and not the gateway. */
function offerToOutOfMemoryKiller(): void {
  try {
    if (Number(readFileSync(OOM_SCORE_FILE, "utf8")) < OOM_SCORE)
      writeFileSync(OOM_SCORE_FILE, `${OOM_SCORE}`);
  } catch {
    // Not on Linux, or not allowed: then the kernel decides as ever.
  }
}
