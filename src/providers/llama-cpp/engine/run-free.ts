import type { Token } from "node-llama-cpp";
import { type JobRun, type RunResult, sampleTokens } from "./job-run.ts";
import { createJsonEndDetector } from "./json-end.ts";
import { createStopScanner } from "./stop-scanner.ts";
import { createTextDecoder } from "./text-decoder.ts";

/** Decodes until the model ends, a stop text comes, the grammar's JSON closes, or the token cap is reached. */
export async function runFree(run: JobRun): Promise<RunResult> {
  const { job, loaded } = run;
  const grammar =
    job.mode.kind === "grammar"
      ? await run.grammars.start(loaded.model, { text: job.mode.grammar, root: "root" })
      : undefined;
  const decoder = createTextDecoder(loaded.model, run.promptTokens);
  const scanner = createStopScanner(job.stop);
  const isJsonOver = grammar === undefined ? () => false : createJsonEndDetector();
  const written: Token[] = [];
  const show = (text: string) => {
    if (text !== "") run.send({ type: "text", jobId: job.jobId, text });
  };

  const options = { feed: run.remainder, grammar, draw: 0, written: () => written };
  for await (const token of sampleTokens(run, options)) {
    written.push(token);
    const decoded = decoder.push(token);
    const { text, isStopped } = scanner.push(decoded);
    show(text);
    if (isStopped) return { finishReason: "stop", completionTokens: written.length };
    if (isJsonOver(decoded)) return finish("stop");
    if (written.length >= run.maxTokens) return finish("length");
  }
  return finish("stop");

  function finish(finishReason: RunResult["finishReason"]): RunResult {
    const { text, isStopped } = scanner.push(decoder.flush());
    show(text);
    if (!isStopped) show(scanner.flush());
    return { finishReason, completionTokens: written.length };
  }
}
