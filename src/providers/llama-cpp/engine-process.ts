/** Entry of the engine's child process: all native code runs here, so that a crash in it costs one answer, not the gateway. */

import { createEngineServer } from "./engine/engine-server.ts";
import type { EngineMail, ToEngine } from "./engine-messages.ts";

const server = createEngineServer((mail: EngineMail) => {
  if (process.connected) process.send?.(mail);
});

process.on("message", (message: ToEngine) => server.receive(message));
process.on("disconnect", () => process.exit(0));
// The parent decides when the engine ends; a terminal's Ctrl-C reaches the whole group and must not cut answers.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => {});
