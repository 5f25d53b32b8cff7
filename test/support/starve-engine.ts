import { closeSync, openSync } from "node:fs";
import { createEngineSupervisor } from "../../src/providers/llama-cpp/engine-supervisor.ts";
import { withDefaults } from "../../src/providers/llama-cpp/llama-cpp-options.ts";
import { createFixedModelSource } from "../../src/providers/llama-cpp/model-source.ts";

/** Run under a low `ulimit -n`: has no file descriptor left at the engine's first two starts, and tells what came of it. */
const taken: number[] = [];
const deaths: string[] = [];
let starts = 0;
takeAll();
const supervisor = createEngineSupervisor({
  entry: new URL("./dying-engine.ts", import.meta.url),
  settings: withDefaults({ id: "local", source: createFixedModelSource([]) }).settings,
  onMessage: () => {},
  onDeath({ reason }) {
    deaths.push(reason);
    if (deaths.length === 2) for (const descriptor of taken) closeSync(descriptor);
  },
  onStart() {
    starts++;
    setImmediate(report);
  },
  now: Date.now,
});

function takeAll(): void {
  try {
    for (;;) taken.push(openSync("/dev/null", "r"));
  } catch {
    // None is left.
  }
}

function report(): void {
  console.log(JSON.stringify({ deaths, starts, restarts: supervisor.restarts }));
  void supervisor.stop();
}
