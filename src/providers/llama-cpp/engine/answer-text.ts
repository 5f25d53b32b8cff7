import type { Token } from "node-llama-cpp";
import type { JobRun } from "./job-run.ts";
import type { LogprobRecorder } from "./logprob-recorder.ts";
import { createStopScanner } from "./stop-scanner.ts";
import { createTextDecoder } from "./text-decoder.ts";

export interface AnswerText {
  readonly written: readonly Token[];
  /** Writes a token; returns the text that it completes. Shows text up to where a stop text may begin. */
  take(token: Token): string;
  /** A stop text was met: nothing more is shown. */
  readonly isStopped: boolean;
  /** The last character is still spread over tokens to come. */
  readonly isInCharacter: boolean;
  /** Shows what was held back. */
  finish(): void;
}

/** Tokens of an answer to the text that the client sees. */
export function createAnswerText(run: JobRun, recorder: LogprobRecorder | null): AnswerText {
  const { job } = run;
  const decoder = createTextDecoder(run.loaded.model, run.promptTokens);
  const scanner = createStopScanner(job.stop, job.stopsBefore);
  const written: Token[] = [];
  let isStopped = false;

  function show(text: string): void {
    if (text === "") return;
    const logprobs = recorder?.release(text);
    run.send({ type: "text", jobId: job.jobId, text, ...(logprobs !== undefined && { logprobs }) });
  }

  function scan(text: string): void {
    const safe = scanner.push(text);
    show(safe.text);
    isStopped = safe.isStopped;
  }

  return {
    written,
    get isStopped() {
      return isStopped;
    },
    get isInCharacter() {
      return decoder.holdsTokens;
    },
    take(token) {
      written.push(token);
      const text = decoder.push(token);
      recorder?.note(text);
      scan(text);
      return text;
    },
    finish() {
      if (!isStopped) scan(decoder.flush());
      if (!isStopped) show(scanner.flush());
    },
  };
}
