import type { DecodingConstraint } from "../decoding-constraint.ts";
import type { AdmissionQueue } from "./admission-queue.ts";
import { createChoiceSeed } from "./choice-seed.ts";
import { createJob, type JobOptions } from "./create-job.ts";
import type { EngineAnswer } from "./engine-answer.ts";
import type { EngineClient } from "./engine-client.ts";

export interface ChoiceStart extends JobOptions {
  readonly queue: AdmissionQueue;
  readonly engine: EngineClient;
  readonly index: number;
  readonly program: ReturnType<DecodingConstraint["start"]> | null;
  /** Ends the wait for a slot and the answer, as the call's own signal does. */
  readonly signal: AbortSignal;
}

/** Waits for a slot and starts one choice of a call in it. */
export async function startChoice(options: ChoiceStart): Promise<EngineAnswer> {
  const { call, queue, engine, index } = options;
  const preemption = new AbortController();
  const signal = AbortSignal.any([call.signal, options.signal, preemption.signal]);
  const { priority } = call;
  const leave = await queue.enter({ priority, signal, onPreempt: (error) => preemption.abort(error) });
  try {
    const job = createJob({ ...options, seed: createChoiceSeed(options.seed, index) });
    const answer = engine.run(job, options.program);
    const onAbort = () => answer.abandon(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    void answer.released.then(() => {
      signal.removeEventListener("abort", onAbort);
      leave();
    });
    if (signal.aborted) onAbort();
    return answer;
  } catch (error) {
    leave();
    throw error;
  }
}
