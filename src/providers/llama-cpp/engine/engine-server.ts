import type {
  EmbeddingJob,
  EngineJob,
  EngineMail,
  EngineModel,
  EngineSettings,
  ProgramSteps,
  ToEngine,
} from "../engine-messages.ts";
import { createDecodeMeter } from "./decode-meter.ts";
import { embedInputs } from "./embed-inputs.ts";
import { convertToJobError, EngineError } from "./engine-error.ts";
import { createGrammarCache, type GrammarCache } from "./grammar-cache.ts";
import type { JobRun } from "./job-run.ts";
import { createModelShelf, type Loaded, type ModelShelf } from "./model-shelf.ts";
import { placePrompt, preparePrompt } from "./place-prompt.ts";
import { createPrefixShelf } from "./prefix-store.ts";
import { runFree } from "./run-free.ts";
import { runProgram } from "./run-program.ts";
import { startLlama } from "./start-llama.ts";
import { createStateFolder, type StateFolder } from "./state-folder.ts";
import { createTextBatcher } from "./text-batcher.ts";
import { createTokenMemories, type TokenMemories } from "./token-memory.ts";
import { untilAborted } from "./until-aborted.ts";

const PULSE_MS = 1000;
const RECALIBRATE_EVERY_MS = 30_000;
/** Nobody stops a load that was asked for by itself. */
const NEVER = new AbortController().signal;

interface Engine {
  readonly shelf: ModelShelf;
  readonly grammars: GrammarCache;
  readonly folder: StateFolder;
  readonly jumpsForward: boolean;
  readonly memories: TokenMemories;
}

type JobParts = Omit<Engine, "shelf"> & { readonly running: RunningJob; readonly loaded: Loaded };

interface RunningJob {
  readonly isStreamed: boolean;
  readonly controller: AbortController;
  /** Set while a program waits for its next steps. */
  onSteps: ((steps: ProgramSteps) => void) | null;
}

/** Runs inside the engine process: turns messages into decoding and decoding into messages. */
export function createEngineServer(sendNow: (mail: EngineMail) => void) {
  const send = createTextBatcher(sendNow, (jobId) => jobs.get(jobId)?.isStreamed === true);
  const jobs = new Map<number, RunningJob>();
  const meter = createDecodeMeter();
  let engine: Promise<Engine> | null = null;

  async function start(settings: EngineSettings): Promise<Engine> {
    const started = await startLlama(settings);
    const { llama, budgetBytes } = started;
    const folder = createStateFolder();
    const prefixes = createPrefixShelf(folder);
    send({ type: "started", gpu: llama.gpu === false ? "cpu" : llama.gpu });
    const shelf = createModelShelf({ ...started, settings, prefixes, send, now: () => performance.now() });
    setInterval(() => {
      const rssBytes = process.memoryUsage.rss();
      const { numbers } = prefixes;
      send({ type: "pulse", ...meter.read(), rssBytes, memoryBudgetBytes: budgetBytes, prefixes: numbers });
    }, PULSE_MS).unref();
    setInterval(() => void recalibrate(shelf), RECALIBRATE_EVERY_MS).unref();
    const { jumpsForward } = settings;
    return {
      shelf,
      folder,
      grammars: createGrammarCache(llama),
      jumpsForward,
      memories: createTokenMemories(),
    };
  }

  async function recalibrate(shelf: ModelShelf): Promise<void> {
    const { decodes } = meter;
    const isUndisturbed = () => jobs.size === 0 && meter.decodes === decodes;
    // Only a measurement is lost when it fails.
    if (isUndisturbed()) await shelf.recalibrate(isUndisturbed).catch(() => {});
  }

  async function load(model: EngineModel): Promise<void> {
    const { shelf } = await requireEngine();
    const { release } = await shelf.borrow(model, { priority: "primary", signal: NEVER });
    release();
  }

  async function requireEngine(): Promise<Engine> {
    try {
      if (engine !== null) return await engine;
    } catch {}
    throw new EngineError({ kind: "unavailable", message: "The local engine could not be started." });
  }

  /** Runs a job on its model; however it ends, the parent is told. */
  async function runJob(
    job: EngineJob | EmbeddingJob,
    work: (parts: JobParts) => Promise<void>,
  ): Promise<void> {
    const { jobId, model, priority } = job;
    const running: RunningJob = {
      isStreamed: "isStreamed" in job && job.isStreamed,
      controller: new AbortController(),
      onSteps: null,
    };
    jobs.set(jobId, running);
    const { signal } = running.controller;
    try {
      const { shelf, ...parts } = await untilAborted(requireEngine(), signal);
      const { loaded, release } = await shelf.borrow(model, {
        priority,
        signal,
        onPreempt: (error) => running.controller.abort(error),
      });
      try {
        await work({ ...parts, running, loaded });
      } finally {
        release();
      }
    } catch (error) {
      const cause: unknown = signal.aborted ? signal.reason : error;
      // The parent already gave up on a job that it aborted.
      if (!signal.aborted || cause instanceof EngineError) {
        send({ type: "failed", jobId, error: convertToJobError(cause) });
      } else {
        send({ type: "finished", jobId, finishReason: "stop", completionTokens: 0 });
      }
    } finally {
      jobs.delete(jobId);
    }
  }

  async function embed(job: EmbeddingJob, { running, loaded }: JobParts): Promise<void> {
    if (loaded.use !== "embeddings") throw new TypeError("the model is not loaded for embeddings");
    const { signal } = running.controller;
    await embedInputs({ job, embedder: loaded, signal, send, onInput: meter.recordInput });
    send({ type: "finished", jobId: job.jobId, finishReason: "stop", completionTokens: 0 });
  }

  async function answer(job: EngineJob, parts: JobParts): Promise<void> {
    const { running, loaded, grammars, folder, jumpsForward, memories } = parts;
    if (loaded.use !== "text") throw new TypeError("the model is not loaded for text");
    const { priority } = job;
    const { signal } = running.controller;
    signal.throwIfAborted();
    const prompt = preparePrompt(loaded, job);
    const slot = await loaded.slots.take({ prompt: prompt.tokens, priority, signal });
    try {
      // Another model may have set its own count meanwhile.
      loaded.governor.apply();
      const onCached = (cachedTokens: number) =>
        send({ type: "begun", jobId: job.jobId, promptTokens: prompt.tokens.length, cachedTokens });
      const onBatch = () => meter.recordBatch();
      const placing = placePrompt({ loaded, slot, prompt, priority, folder, signal, onCached, onBatch });
      const run: JobRun = {
        job,
        loaded,
        sequence: slot.sequence,
        grammars,
        followsGrammar: jumpsForward,
        jumpsForward: jumpsForward && !needsEverySample(job),
        memory: memories.of(loaded.context),
        signal,
        promptTokens: prompt.tokens,
        remainder: await meter.recordPrompt(placing),
        maxTokens: prompt.maxTokens,
        send,
        onStep(step) {
          meter.recordStep(loaded.governor, step);
          if (step.decode !== null && step.answers === 1) loaded.guessPrice.record(step.decode);
        },
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
          engine.catch(() => send({ type: "start-failed", reason: describeStartFailure(message.settings) }));
          break;
        case "load":
          // The shelf reports a failure itself.
          load(message.model).catch(() => {});
          break;
        case "generate":
          void runJob(message.job, (parts) => answer(message.job, parts));
          break;
        case "embed":
          void runJob(message.job, (parts) => embed(message.job, parts));
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

/** Log probabilities are told of sampled tokens, and penalties change with each of them. */
function needsEverySample({ topLogprobs, sampling }: EngineJob): boolean {
  return topLogprobs !== null || sampling.presencePenalty !== 0 || sampling.frequencyPenalty !== 0;
}

function describeStartFailure({ gpu }: EngineSettings): string {
  return gpu === false || gpu === "auto"
    ? "its native library could not be loaded on this machine"
    : `its native library could not be loaded with gpu: ${gpu}; set gpu to auto or off`;
}
