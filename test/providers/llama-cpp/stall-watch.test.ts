import { expect, it } from "vitest";
import { createStallWatch, type EngineWork } from "../../../src/providers/llama-cpp/stall-watch.ts";

const ANSWERING: EngineWork = { jobs: 1, isLoading: false, isQuick: true };
const LOADING: EngineWork = { jobs: 0, isLoading: true, isQuick: true };
const BOTH: EngineWork = { ...ANSWERING, isLoading: true };
const IDLE: EngineWork = { ...ANSWERING, jobs: 0 };

/** `pass` lets time go by, with a pulse each second unless the engine is silent. */
function start(limits: { stallMs: number | null } = { stallMs: 10_000 }) {
  let time = 0;
  let decodes = 0;
  const watch = createStallWatch({ ...limits, loadStallMs: 60_000, now: () => time });
  return {
    watch,
    pass(seconds: number, { isSilent = false, isDecoding = false } = {}) {
      for (let second = 0; second < seconds; second++) {
        time += 1000;
        if (isDecoding) decodes++;
        if (!isSilent) watch.notePulse(decodes);
      }
    },
  };
}

it("takes an engine to hang that has jobs and decodes nothing", () => {
  const { watch, pass } = start();
  pass(30, { isDecoding: true });
  expect(watch.isStalled(ANSWERING)).toBe(false);
  pass(10);
  expect(watch.isStalled(ANSWERING)).toBe(false);
  pass(1);
  expect(watch.isStalled(ANSWERING)).toBe(true);
});

it("waits for no engine without work, and counts from when the work came", () => {
  const { watch, pass } = start();
  pass(100);
  expect(watch.isStalled(IDLE)).toBe(false);
  pass(10);
  expect(watch.isStalled(ANSWERING)).toBe(false);
});

it("lets a load take its time as long as it gets on", () => {
  const { watch, pass } = start();
  for (let percent = 0; percent < 5; percent++) {
    watch.noteProgress();
    pass(50);
    expect(watch.isStalled(LOADING)).toBe(false);
    expect(watch.isStalled(BOTH)).toBe(false);
  }
});

it.each([
  ["alone", LOADING],
  ["with an answer that waits for it", BOTH],
])("takes a load to hang that gets no further, %s", (_name, work) => {
  const { watch, pass } = start();
  watch.noteProgress();
  pass(60);
  expect(watch.isStalled(work)).toBe(false);
  pass(1);
  expect(watch.isStalled(work)).toBe(true);
});

it("takes an engine to hang that says nothing while it loads", () => {
  const { watch, pass } = start();
  pass(11, { isSilent: true });
  expect(watch.isStalled(LOADING)).toBe(true);
  watch.restart();
  expect(watch.isStalled(LOADING)).toBe(false);
});

it("gives an accelerator more time than a CPU where nobody said otherwise", () => {
  const { watch, pass } = start({ stallMs: null });
  pass(46);
  expect(watch.isStalled({ ...ANSWERING, isQuick: false })).toBe(false);
  expect(watch.isStalled(ANSWERING)).toBe(true);
});
