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
