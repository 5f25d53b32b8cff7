import os from "node:os";
import { getLlama, type Llama, LlamaLogLevel } from "node-llama-cpp";
import type {
  EngineJob,
  EngineModel,
  EngineSettings,
  FromEngine,
  ProgramSteps,
  ToEngine,
} from "../engine-messages.ts";
import { convertToJobError, EngineError } from "./engine-error.ts";
import { createGrammarCache, type GrammarCache } from "./grammar-cache.ts";
import type { JobRun } from "./job-run.ts";
import type { LoadedModel } from "./loaded-model.ts";
import { createModelShelf, type ModelShelf } from "./model-shelf.ts";
import { placePrompt, preparePrompt } from "./place-prompt.ts";
import { runFree } from "./run-free.ts";
import { runProgram } from "./run-program.ts";
import { createTextBatcher } from "./text-batcher.ts";

const PULSE_MS = 1000;
const RECALIBRATE_EVERY_MS = 30_000;
/** Weight of the newest decode in the running mean of decode times. */
const NEWEST_SHARE = 0.05;

interface Engine {
  readonly shelf: ModelShelf;
  readonly grammars: GrammarCache;
}

interface RunningJob {
  readonly controller: AbortController;
  /** Set while a program waits for its next steps. */
  onSteps: ((steps: ProgramSteps) => void) | null;
}

/** Runs inside the engine process: turns messages into decoding and decoding into messages. */
export function createEngineServer(sendNow: (message: FromEngine) => void) {
  const send = createTextBatcher(sendNow);
  const jobs = new Map<number, RunningJob>();
  let engine: Promise<Engine> | null = null;
  let decodes = 0;
  let msPerToken: number | null = null;
  /** Prompts on their way in: they share batches with others' tokens and make those look slow. */
  let prompts = 0;

  function recordDecode(loaded: LoadedModel, ms: number | null): void {
    decodes++;
    if (ms === null || prompts > 0) return;
    msPerToken = msPerToken === null ? ms : msPerToken + NEWEST_SHARE * (ms - msPerToken);
    loaded.governor.record(ms);
  }

  async function start(settings: EngineSettings): Promise<Engine> {
    const llama = await createLlama(settings);
    send({ type: "started", gpu: llama.gpu === false ? "cpu" : llama.gpu });
    const shelf = createModelShelf({ llama, settings, send });
    setInterval(() => send({ type: "pulse", decodes, msPerToken }), PULSE_MS).unref();
    setInterval(() => void recalibrate(shelf), RECALIBRATE_EVERY_MS).unref();
    return { shelf, grammars: createGrammarCache(llama) };
  }

  async function recalibrate(shelf: ModelShelf): Promise<void> {
    const decodesBefore = decodes;
    const isUndisturbed = () => jobs.size === 0 && decodes === decodesBefore;
    // Only a measurement is lost when it fails.
    if (isUndisturbed()) await shelf.recalibrate(isUndisturbed).catch(() => {});
  }

  async function load(model: EngineModel): Promise<void> {
    const { shelf } = await requireEngine();
    const { release } = await shelf.borrow(model);
    release();
  }

  function requireEngine(): Promise<Engine> {
    return (
      engine ??
      Promise.reject(new EngineError({ kind: "unavailable", message: "The engine is not started." }))
    );
  }

  async function generate(job: EngineJob): Promise<void> {
    const running: RunningJob = { controller: new AbortController(), onSteps: null };
    jobs.set(job.jobId, running);
    try {
      const { shelf, grammars } = await requireEngine();
      const { loaded, release } = await shelf.borrow(job.model);
      try {
        await answer({ job, running, loaded, grammars });
      } finally {
        release();
      }
    } catch (error) {
      // The parent already gave up on an aborted job.
      if (!running.controller.signal.aborted) {
        send({ type: "failed", jobId: job.jobId, error: convertToJobError(error) });
      } else {
        send({ type: "finished", jobId: job.jobId, finishReason: "stop", completionTokens: 0 });
      }
    } finally {
      jobs.delete(job.jobId);
    }
  }

  async function answer(
    parts: { job: EngineJob; running: RunningJob; grammars: GrammarCache } & Pick<JobRun, "loaded">,
  ) {
    const { job, running, loaded, grammars } = parts;
    const { signal } = running.controller;
    signal.throwIfAborted();
    const { tokens, maxTokens } = preparePrompt(loaded, job);
    const slot = loaded.slots.take(tokens);
    if (slot === null)
      throw new EngineError({ kind: "overloaded", message: "All of the engine's slots are busy." });
    try {
      const onCached = (cachedTokens: number) =>
        send({ type: "begun", jobId: job.jobId, promptTokens: tokens.length, cachedTokens });
      const onBatch = () => decodes++;
      prompts++;
      const placing = placePrompt({ loaded, slot, tokens, signal, onCached, onBatch });
      const remainder = await placing.finally(() => prompts--);
      const run: JobRun = {
        job,
        loaded,
        sequence: slot.sequence,
        grammars,
        signal,
        promptTokens: tokens,
        remainder,
        maxTokens,
        send,
        onDecode: (ms) => recordDecode(loaded, ms),
      };
      const result =
        job.mode.kind === "program" ? await runProgram(run, createAsk(job, running)) : await runFree(run);
      send({ type: "finished", jobId: job.jobId, ...result });
    } finally {
      slot.release();
    }
  }

  function createAsk(job: EngineJob, running: RunningJob) {
    return (field: { text: string; complete: boolean } | null) =>
      new Promise<ProgramSteps>((resolve, reject) => {
        const { signal } = running.controller;
        signal.throwIfAborted();
        const onAbort = () => reject(signal.reason);
        signal.addEventListener("abort", onAbort, { once: true });
        running.onSteps = (steps) => {
          signal.removeEventListener("abort", onAbort);
          resolve(steps);
        };
        send({ type: "field", jobId: job.jobId, field });
      });
  }

  return {
    receive(message: ToEngine): void {
      switch (message.type) {
        case "start":
          engine = start(message.settings);
          engine.catch(() => send({ type: "start-failed", reason: "the native engine could not be loaded" }));
          break;
        case "load":
          // The shelf reports a failure itself.
          load(message.model).catch(() => {});
          break;
        case "generate":
          void generate(message.job);
          break;
        case "steps":
          jobs.get(message.jobId)?.onSteps?.(message.steps);
          break;
        case "abort":
          jobs.get(message.jobId)?.controller.abort();
          break;
      }
    },
  };
}

function createLlama(settings: EngineSettings): Promise<Llama> {
  return getLlama({
    gpu: settings.gpu,
    build: "never",
    skipDownload: true,
    progressLogs: false,
    // An upper bound for measuring; each context gets its own measured count.
    maxThreads: settings.threads ?? os.availableParallelism(),
    logLevel: LlamaLogLevel.disabled,
  });
}
