import type { Token } from "node-llama-cpp";
import type { TokenLogprob } from "../../../protocol/chat-logprobs.ts";
import type { JobRun } from "./job-run.ts";
import { createLogprobProbe } from "./logprob-probe.ts";

export interface LogprobRecorder {
  /** Looks at the place a token was just sampled from. */
  observe(logitIndex: number, token: Token): Promise<void>;
  /** The next of the observed tokens decodes to `text`; empty while its character is not whole. */
  note(text: string): void;
  /** Of the tokens that begin in `text`, which is what is shown next. */
  release(text: string): readonly TokenLogprob[];
  dispose(): void;
}

/** Holds log probabilities back until their text is shown, as a stop text may still cut it; null when nobody asked. */
export function createLogprobRecorder(run: JobRun): LogprobRecorder | null {
  const { topLogprobs } = run.job;
  if (topLogprobs === null) return null;
  const probe = createLogprobProbe(run.sequence, { model: run.loaded.model, topCount: topLogprobs });
  const observed: TokenLogprob[] = [];
  const waiting: { readonly entry: TokenLogprob; readonly start: number }[] = [];
  let decodedLength = 0;
  let shownLength = 0;
  return {
    async observe(logitIndex, token) {
      observed.push(await probe.measure(logitIndex, token));
    },
    note(text) {
      const entry = observed.shift();
      if (entry !== undefined) waiting.push({ entry, start: decodedLength });
      decodedLength += text.length;
    },
    release(text) {
      shownLength += text.length;
      const first = waiting.findIndex(({ start }) => start >= shownLength);
      return waiting.splice(0, first < 0 ? waiting.length : first).map(({ entry }) => entry);
    },
    dispose: () => probe.dispose(),
  };
}
