import type { ConstraintProgram } from "../decoding-constraint.ts";
import { ProviderError } from "../provider-error.ts";
import type { EngineAnswer, JobMessage } from "./engine-answer.ts";
import type { EngineEmbedding } from "./engine-embedding.ts";
import { createEngineJobs } from "./engine-jobs.ts";
import type {
  EmbeddingJob,
  EngineJob,
  EngineModel,
  EnginePulse,
  EngineSettings,
  FromEngine,
} from "./engine-messages.ts";
import { createEngineSupervisor, type EngineDeath } from "./engine-supervisor.ts";
import { createModelStates, type ModelState } from "./model-states.ts";
import { createStallWatch, type StallLimits } from "./stall-watch.ts";

/** With this many crashes in a row new calls are refused at once instead of waiting for the next start. */
const CRASHES_TO_REFUSE = 3;
const KEEPS_STOPPING = "The local engine keeps stopping and is being restarted.";
const WATCH_EVERY_MS = 1000;

export interface EngineClient {
  /** Starts a job; the answer fails with `unavailable` when the engine dies under it. */
  run(job: Omit<EngineJob, "jobId">, program: ConstraintProgram | null): EngineAnswer;
  /** The same for a job of embeddings. */
  embed(job: Omit<EmbeddingJob, "jobId">): EngineEmbedding;
  load(model: EngineModel): void;
  /** Null for a model that was not asked for yet. */
  modelState(model: EngineModel): ModelState | null;
  readonly status: EngineStatus;
  stop(): Promise<void>;
}

interface EngineStatus {
  readonly gpu: string | null;
  /** Why there is no running engine right now, or null. */
  readonly trouble: string | null;
  /** Why the engine cannot work on this machine at all, or null. */
  readonly startFailure: string | null;
  readonly crashes: number;
  readonly restarts: number;
  /** How the engine ended last, and when in milliseconds since the epoch; null while it never did. */
  readonly lastDeath: (Omit<EngineDeath, "restartInMs"> & { readonly at: number }) | null;
  /** The newest numbers of the running engine. */
  readonly pulse: EnginePulse | null;
  readonly runningJobs: number;
  readonly processId: number | undefined;
}

export interface EngineClientOptions {
  readonly settings: EngineSettings;
  /** An engine that hangs by these limits is killed. */
  readonly limits: StallLimits;
  readonly now: () => number;
  readonly onStart: () => void;
  readonly onDeath: (death: Omit<EngineDeath, "restartInMs">) => void;
  readonly onModelState: (model: EngineModel, state: ModelState | null) => void;
}

export function createEngineClient(options: EngineClientOptions): EngineClient {
  const models = createModelStates(options.onModelState);
  const watch = createStallWatch({ ...options.limits, now: options.now });
  let gpu: string | null = null;
  let trouble: string | null = null;
  let startFailure: string | null = null;
  let retryAfterMs = 1000;
  let pulse: EnginePulse | null = null;
  let lastDeath: EngineStatus["lastDeath"] = null;

  const supervisor = createEngineSupervisor({
    entry: new URL("./engine-process.ts", import.meta.url),
    settings: options.settings,
    now: options.now,
    onStart: () => {
      watch.restart();
      // The first call comes while the supervisor is being made.
      queueMicrotask(() => {
        options.onStart();
        jobs.sendWaiting();
      });
    },
    onDeath: ({ reason, why, restartInMs }) => {
      trouble = reason;
      retryAfterMs = restartInMs + 1000;
      pulse = null;
      lastDeath = { reason, why, at: options.now() };
      options.onDeath({ reason, why });
      models.blameLoading(reason);
      jobs.loseSent(createUnavailable("The local engine stopped while answering."));
      // Nobody knows when it will be back.
      if (supervisor.crashes >= CRASHES_TO_REFUSE) jobs.loseAll(createUnavailable(KEEPS_STOPPING));
    },
    onMessage: receive,
  });
  const jobs = createEngineJobs({
    send: (message) => supervisor.send(message),
    isRunning: () => supervisor.processId !== undefined,
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
        startFailure = null;
        break;
      case "start-failed":
        startFailure = message.reason;
        break;
      case "loading":
      case "loaded":
      case "load-failed":
      case "unloaded":
        watch.noteProgress();
        models.receive(message);
        break;
      case "pulse":
        watch.notePulse(message.decodes);
        pulse = message;
        break;
      default:
        receiveForJob(message);
    }
  }

  function receiveForJob(message: JobMessage): void {
    if (message.type === "finished") supervisor.trust();
    if (message.type === "begun") watch.noteProgress();
    jobs.receive(message);
  }

  function killWhenStalled(): void {
    const isQuick = gpu === "cpu" && !jobs.hasEmbedding;
    if (watch.isStalled({ jobs: jobs.sent, isLoading: models.isLoading, isQuick })) supervisor.kill();
  }

  function refuseHopeless(model: EngineModel): void {
    if (supervisor.processId === undefined && supervisor.crashes >= CRASHES_TO_REFUSE) {
      throw createUnavailable(KEEPS_STOPPING);
    }
    if (models.refuseBlamed(model)) {
      throw createUnavailable(`Model ${model.name} is not loaded: it keeps ending the local engine.`);
    }
  }

  return {
    run(job, program) {
      refuseHopeless(job.model);
      return jobs.start(job, program);
    },
    embed(job) {
      refuseHopeless(job.model);
      return jobs.startEmbedding(job);
    },
    load(model) {
      if (!models.refuseBlamed(model)) supervisor.send({ type: "load", model });
    },
    modelState: (model) => models.get(model),
    get status() {
      const { crashes, restarts, processId } = supervisor;
      const life = { crashes, restarts, processId, lastDeath };
      return { gpu, trouble, startFailure, pulse, runningJobs: jobs.sent, ...life };
    },
    async stop() {
      clearInterval(watchdog);
      jobs.loseAll(createUnavailable("The local engine is shutting down."));
      await supervisor.stop();
    },
  };
}
