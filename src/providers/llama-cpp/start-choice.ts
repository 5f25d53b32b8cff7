import type { DecodingConstraint } from "../decoding-constraint.ts";
import type { AdmissionQueue } from "./admission-queue.ts";
import { createChoiceSeed } from "./choice-seed.ts";
import { createJob, type JobOptions } from "./create-job.ts";
import type { EngineAnswer } from "./engine-answer.ts";
import type { EngineClient } from "./engine-client.ts";
import { bindToSlot, enterSlot } from "./enter-slot.ts";

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
  const signals = [call.signal, options.signal];
  const slot = await enterSlot(queue, { priority: call.priority, isFurtherChoice: index > 0, signals });
  try {
    const job = createJob({ ...options, seed: createChoiceSeed(options.seed, index) });
    const answer = engine.run(job, options.program);
    bindToSlot(slot, answer);
    return answer;
  } catch (error) {
    slot.leave();
    throw error;
  }
}
