import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, expect, it } from "vitest";
import {
  createEngineSupervisor,
  type EngineDeath,
  type EngineSupervisor,
} from "../../../src/providers/llama-cpp/engine-supervisor.ts";
import { withDefaults } from "../../../src/providers/llama-cpp/llama-cpp-options.ts";
import { createFixedModelSource } from "../../../src/providers/llama-cpp/model-source.ts";

let supervisor: EngineSupervisor | undefined;
afterEach(() => supervisor?.stop());

it("tells why native code ended the process, without anybody's text", { timeout: 60_000 }, async () => {
  const death = await new Promise<EngineDeath>((resolve) => {
    supervisor = createEngineSupervisor({
      entry: new URL("../../support/dying-engine.ts", import.meta.url),
      settings: withDefaults({ id: "local", source: createFixedModelSource([]) }).settings,
      onMessage: () => {},
      onDeath: resolve,
      onStart: () => {},
      now: Date.now,
    });
  });
  expect(death).toMatchObject({
    reason: "the engine process ended (SIGABRT)",
    why: "ggml.c:4711: GGML_ASSERT(a->ne[2] == 1) failed",
  });
});

it("outlives a lack of file descriptors, and starts the engine once there are some", {
  timeout: 60_000,
}, async () => {
  const script = fileURLToPath(new URL("../../support/starve-engine.ts", import.meta.url));
  const command = `ulimit -n 64; exec "$0" "$@"`;
  const { stdout } = await promisify(execFile)("sh", ["-c", command, process.execPath, script]);
  const notStarted = "the engine process could not be started";
  expect(JSON.parse(stdout)).toEqual({ deaths: [notStarted, notStarted], starts: 1, restarts: 2 });
});
