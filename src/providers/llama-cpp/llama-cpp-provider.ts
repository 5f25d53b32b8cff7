import type { Provider, ProviderCall } from "../provider.ts";
import { ProviderError } from "../provider-error.ts";
import { createAdmissionQueue } from "./admission-queue.ts";
import { answerAtOnce, answerInChunks, type ChoiceSource } from "./assemble-answer.ts";
import { createJob, listDropped, parseChoiceCount } from "./create-job.ts";
import { createEngineClient, type EngineClient } from "./engine-client.ts";
import { collectEngineStats, type EngineStats } from "./engine-stats.ts";
import { type LlamaCppProviderOptions, withDefaults } from "./llama-cpp-options.ts";
import { createResponseFormats } from "./response-format.ts";
import { createServedModels, toEngineModel } from "./served-models.ts";

const DEFAULT_CLOSE_MS = 10_000;
const DRAIN_POLL_MS = 20;
const RETRY_EVERY_MS = 1000;
/** Until a model is loaded nobody knows how many sequences it gets. */
const SLOTS_BEFORE_LOADING = 2;

export interface LlamaCppProvider extends Provider {
  readonly kind: "llama-cpp";
  /** Numbers for `/metrics` and `GET /admin/engine`. */
  stats(): EngineStats;
}

/**
 * Runs GGUF models on llama.cpp in a child process: a crash, a kill or a lack of memory there costs the answers in
 * flight (`unavailable`), never the gateway. Starts the engine and loads the default model at once, without waiting
 * for either: `health()` tells how far it is, and calls wait in line.
 */
export function createLlamaCppProvider(options: LlamaCppProviderOptions): LlamaCppProvider {
  const { id, source, settings, licenseClass, now, createSeed, ...rest } = withDefaults(options);
  const { maxWaiting, maxWaitMs, stallMs } = rest;
  const pickFormat = createResponseFormats();
  const countSlots = () => settings.sequences ?? engine.sequences ?? SLOTS_BEFORE_LOADING;
  const queue = createAdmissionQueue({ slots: countSlots, maxWaiting, maxWaitMs, now });
  const served = createServedModels({ source, engine: () => engine, now });
  const engine: EngineClient = createEngineClient({
    settings,
    stallMs,
    now,
    onStart: served.preload,
    onModelState(model, state) {
      served.onModelState(model, state);
      queue.refresh();
    },
  });
  const stopListening = source.onChange(served.preload);
  const retrying = setInterval(served.retryFailed, RETRY_EVERY_MS).unref();
  const counts = { answers: 0, promptTokens: 0, cachedTokens: 0, completionTokens: 0 };
  let closing: Promise<void> | null = null;

  /** Everything that can be refused without the engine is refused here. */
  function open(call: ProviderCall): ChoiceSource {
    call.signal.throwIfAborted();
    if (closing !== null) throw new ProviderError("The local engine is closed.", { kind: "unavailable" });
    const model = served.pick(call.model);
    const choiceCount = parseChoiceCount(call.request);
    const format = call.constraint ? null : pickFormat(call.request.response_format);
    const programs = Array.from({ length: choiceCount }, () => call.constraint?.start() ?? null);
    const seed = call.request.seed ?? createSeed();
    return {
      call,
      modelName: model.name,
      createdMs: now(),
      choiceCount,
      check: format?.check ?? (() => {}),
      counts,
      facts: () => ({
        dropped: listDropped(call.request),
        modelVersion: model.version,
        adapter: model.adapter?.name ?? null,
        promptVersion: call.constraint?.promptVersion ?? null,
        interventions: call.constraint ? sumInterventions(programs) : null,
      }),
      async startChoice(index) {
        const leave = await queue.enter(call);
        try {
          const mode = format?.mode ?? { kind: "program" as const };
          const job = createJob({ call, model: toEngineModel(model), mode, seed: seed + index });
          const answer = engine.run(job, programs[index] ?? null);
          const onAbort = () => answer.abandon(call.signal.reason);
          call.signal.addEventListener("abort", onAbort, { once: true });
          void answer.released.then(() => {
            call.signal.removeEventListener("abort", onAbort);
            leave();
          });
          if (call.signal.aborted) onAbort();
          return answer;
        } catch (error) {
          leave();
          throw error;
        }
      },
    };
  }

  async function close(deadlineMs: number): Promise<void> {
    stopListening();
    clearInterval(retrying);
    const deadline = performance.now() + deadlineMs;
    while (queue.busy + queue.length > 0 && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, DRAIN_POLL_MS));
    }
    await engine.stop();
  }

  return {
    id,
    kind: "llama-cpp",
    licenseClass,
    complete: async (call) => answerAtOnce(open(call)),
    stream: async (call) => answerInChunks(open(call)),
    async models() {
      const { models } = source.current();
      return models.map(({ name, created }) => ({ id: name, created, ownedBy: "tailor", vision: false }));
    },
    health() {
      if (closing !== null) return { state: "failed", detail: "The local engine is closed." };
      return served.health();
    },
    stats: () => collectEngineStats({ engine, queue, source, slots: countSlots(), counts }),
    close(deadlineMs = DEFAULT_CLOSE_MS) {
      closing ??= close(deadlineMs);
      return closing;
    },
  };
}

type Programs = readonly ({ readonly interventions: { retries: number; replacements: number } } | null)[];

function sumInterventions(programs: Programs): { retries: number; replacements: number } {
  const sum = { retries: 0, replacements: 0 };
  for (const program of programs) {
    sum.retries += program?.interventions.retries ?? 0;
    sum.replacements += program?.interventions.replacements ?? 0;
  }
  return sum;
}
