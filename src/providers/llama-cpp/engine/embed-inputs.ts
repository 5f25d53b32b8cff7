import { setImmediate } from "node:timers/promises";
import type { EmbeddingJob, FromEngine } from "../engine-messages.ts";
import type { LoadedEmbedder } from "./loaded-embedder.ts";
import type { ThreadGovernor } from "./thread-governor.ts";

export interface EmbedOptions {
  readonly job: EmbeddingJob;
  readonly embedder: LoadedEmbedder;
  readonly signal: AbortSignal;
  readonly send: (message: FromEngine) => void;
  readonly onInput: (
    governor: ThreadGovernor,
    input: { readonly ms: number; readonly tokens: number },
  ) => void;
}

/**
 * Computes a job's vectors. All inputs are tokenised first, so that one that is too long costs no computing. Jobs take
 * turns input by input: a short one need not wait for the end of a long one.
 */
export async function embedInputs({ job, embedder, signal, send, onInput }: EmbedOptions): Promise<void> {
  const inputs = [];
  for (const input of job.inputs) {
    signal.throwIfAborted();
    inputs.push(embedder.tokenize(input));
    // Others' tokens and messages go between.
    await setImmediate();
  }
  for (const [index, { tokens, length }] of inputs.entries()) {
    const endTurn = await embedder.turns.take({ priority: job.priority, signal });
    try {
      // Another model may have set its own count meanwhile.
      embedder.governor.apply();
      const startedAt = performance.now();
      const vector = await embedder.embed(tokens);
      onInput(embedder.governor, { ms: performance.now() - startedAt, tokens: length });
      send({ type: "vector", jobId: job.jobId, index, vector, promptTokens: length });
    } finally {
      endTurn();
    }
  }
}
