import { expect, it } from "vitest";
import type { EngineClient } from "../../../src/providers/llama-cpp/engine-client.ts";
import { createFixedModelSource } from "../../../src/providers/llama-cpp/model-source.ts";
import type { ModelState } from "../../../src/providers/llama-cpp/model-states.ts";
import { createServedModels, toEngineModel } from "../../../src/providers/llama-cpp/served-models.ts";

const model = { name: "tiny", path: "/tiny.gguf", version: "tiny@1", created: 0 };
const details = {
  threads: 1,
  contextLength: 64,
  sequences: 1,
  loadMs: 1,
  weightBytes: 1,
  contextBytes: 1,
  ngrams: null,
};

/** What is served by an engine that only has states. */
function open() {
  const engine = { state: null as ModelState | null, restarts: 0 };
  const unused = () => {
    throw new Error("not part of this");
  };
  const status = { gpu: "cpu", trouble: null, startFailure: null, crashes: 0, lastDeath: null, pulse: null };
  const client: EngineClient = {
    run: unused,
    embed: unused,
    load: () => {},
    modelState: () => engine.state,
    get status() {
      return { ...status, restarts: engine.restarts, runningJobs: 0, processId: 1 };
    },
    stop: async () => {},
  };
  const served = createServedModels({
    source: createFixedModelSource([model]),
    kinds: { pickUse: () => "text" },
    engine: () => client,
    now: () => 0,
  });
  const enter = (state: ModelState | null) => {
    engine.state = state;
    served.onModelState(toEngineModel(model, "text"), state);
    return served.health();
  };
  return { engine, served, enter };
}

it("tells a default that was put away from one that is loading", () => {
  const { served, enter } = open();
  expect(served.health()).toMatchObject({ state: "loading", percent: 0 });
  expect(enter({ kind: "loading", percent: 40 })).toMatchObject({ state: "loading", percent: 40 });
  expect(enter({ kind: "loaded", details })).toMatchObject({ state: "ready" });
  const detail = "tiny is put away; it is loaded again when asked for.";
  expect(enter(null)).toEqual({ state: "ready", detail });
  expect(enter({ kind: "loading", percent: 10 })).toMatchObject({ state: "loading", percent: 10 });
});

it("says loading after a restart of the engine, which loads the default anew", () => {
  const { engine, served, enter } = open();
  enter({ kind: "loaded", details });
  // A death clears the states without a word.
  engine.state = null;
  engine.restarts++;
  expect(served.health()).toMatchObject({ state: "loading", percent: 0 });
  expect(enter({ kind: "loaded", details })).toMatchObject({ state: "ready" });
  expect(enter(null)).toMatchObject({ state: "ready" });
});
