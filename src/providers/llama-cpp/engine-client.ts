import type { ConstraintProgram } from "../decoding-constraint.ts";
import { ProviderError } from "../provider-error.ts";
import {
  createEngineAnswer,
  type EngineAnswer,
  type EngineAnswerLink,
  type JobMessage,
} from "./engine-answer.ts";
import type {
  EngineJob,
  EngineModel,
  EngineSettings,
  FromEngine,
  LoadedModelDetails,
} from "./engine-messages.ts";
import { createEngineSupervisor } from "./engine-supervisor.ts";

/** With this many crashes in a row new calls are refused at once instead of waiting for the next start. */
const CRASHES_TO_REFUSE = 3;
const WATCH_EVERY_MS = 1000;
const CPU_STALL_MS = 45_000;
/** An accelerator may compile its kernels for minutes at the first decode. */
const GPU_STALL_MS = 300_000;

export type ModelState =
  | { readonly kind: "loading"; readonly percent: number }
  | { readonly kind: "loaded"; readonly details: LoadedModelDetails }
  | { readonly kind: "failed"; readonly reason: string };

export interface EngineClient {
  /** Starts a job; the answer fails with `unavailable` when the engine dies under it. */
  run(job: Omit<EngineJob, "jobId">, program: ConstraintProgram | null): EngineAnswer;
  load(model: EngineModel): void;
  /** Null for a model that was not asked for yet. */
  modelState(model: EngineModel): ModelState | null;
  readonly status: EngineStatus;
  /** Kills the process like a crash would; it is started again. */
  kill(): void;
  stop(): Promise<void>;
}

interface EngineStatus {
  readonly gpu: string | null;
  /** Why there is no running engine right now, or null. */
  readonly trouble: string | null;
  readonly crashes: number;
  readonly restarts: number;
  readonly msPerToken: number | null;
  readonly runningJobs: number;
  readonly processId: number | undefined;
}

export interface EngineClientOptions {
  readonly settings: EngineSettings;
  /** A running engine that decodes nothing for this long while jobs run is taken to hang, and killed; null = default. */
  readonly stallMs: number | null;
  readonly now: () => number;
  readonly onStart: () => void;
  readonly onModelState: (model: EngineModel, state: ModelState | null) => void;
}

export function createEngineClient(options: EngineClientOptions): EngineClient {
  const jobs = new Map<number, EngineAnswerLink>();
  const models = new Map<string, ModelState>();
  const watch = { decodes: 0, progressAt: options.now(), pulseAt: options.now() };
  let nextJobId = 1;
  let gpu: string | null = null;
  let trouble: string | null = null;
  let retryAfterMs = 1000;
  let msPerToken: number | null = null;

  const supervisor = createEngineSupervisor({
    settings: options.settings,
    now: options.now,
    onStart: () => {
      Object.assign(watch, { progressAt: options.now(), pulseAt: options.now() });
      // The first call comes while the supervisor is being made.
      queueMicrotask(options.onStart);
    },
    onDeath: ({ reason, restartInMs }) => {
      trouble = reason;
      retryAfterMs = restartInMs + 1000;
      models.clear();
      const lost = [...jobs.values()];
      jobs.clear();
      for (const job of lost) job.lose(createUnavailable("The local engine stopped while answering."));
    },
    onMessage: receive,
  });
  const watchdog = setInterval(killWhenStalled, WATCH_EVERY_MS);
  watchdog.unref();

  function createUnavailable(message: string): ProviderError {
    return new ProviderError(message, { kind: "unavailable", code: "engine_unavailable", retryAfterMs });
  }

  function receive(message: FromEngine): void {
    switch (message.type) {
      case "started":
        gpu = message.gpu;
        trouble = null;
        break;
      case "start-failed":
        trouble = message.reason;
        break;
      case "loading":
        setModelState(message.model, { kind: "loading", percent: message.percent });
        break;
      case "loaded":
        setModelState(message.model, { kind: "loaded", details: message.details });
        break;
      case "load-failed":
        setModelState(message.model, { kind: "failed", reason: message.reason });
        break;
      case "unloaded":
        setModelState(message.model, null);
        break;
      case "pulse":
        receivePulse(message);
        break;
      default:
        receiveForJob(message);
    }
  }

  function receiveForJob(message: JobMessage): void {
    const job = jobs.get(message.jobId);
    if (message.type === "finished" || message.type === "failed") jobs.delete(message.jobId);
    if (message.type === "begun") watch.progressAt = options.now();
    job?.receive(message);
  }

  function receivePulse(pulse: Extract<FromEngine, { type: "pulse" }>): void {
    watch.pulseAt = options.now();
    if (pulse.decodes !== watch.decodes) watch.progressAt = options.now();
    watch.decodes = pulse.decodes;
    msPerToken = pulse.msPerToken;
  }

  function killWhenStalled(): void {
    const isLoading = [...models.values()].some((state) => state.kind === "loading");
    if (jobs.size === 0 || isLoading) {
      watch.progressAt = options.now();
      return;
    }
    const stallMs = options.stallMs ?? (gpu === "cpu" ? CPU_STALL_MS : GPU_STALL_MS);
    if (options.now() - Math.min(watch.progressAt, watch.pulseAt) > stallMs) supervisor.kill();
  }

  function setModelState(model: EngineModel, state: ModelState | null): void {
    if (state === null) models.delete(keyOf(model));
    else models.set(keyOf(model), state);
    options.onModelState(model, state);
  }

  return {
    run(job, program) {
      if (supervisor.processId === undefined && supervisor.crashes >= CRASHES_TO_REFUSE) {
        throw createUnavailable("The local engine keeps stopping and is being restarted.");
      }
      const jobId = nextJobId++;
      const link = createEngineAnswer({
        program,
        sendSteps: (steps) => supervisor.send({ type: "steps", jobId, steps }),
        sendAbort: () => supervisor.send({ type: "abort", jobId }),
      });
      jobs.set(jobId, link);
      supervisor.send({ type: "generate", job: { ...job, jobId } });
      return link.answer;
    },
    load: (model) => supervisor.send({ type: "load", model }),
    modelState: (model) => models.get(keyOf(model)) ?? null,
    get status() {
      const { crashes, restarts, processId } = supervisor;
      return { gpu, trouble, crashes, restarts, msPerToken, runningJobs: jobs.size, processId };
    },
    kill: () => supervisor.kill(),
    async stop() {
      clearInterval(watchdog);
      const lost = [...jobs.values()];
      jobs.clear();
      for (const job of lost) job.lose(createUnavailable("The local engine is shutting down."));
      await supervisor.stop();
    },
  };
}

function keyOf(model: EngineModel): string {
  return JSON.stringify([model.path, model.version, model.adapterPath]);
}
