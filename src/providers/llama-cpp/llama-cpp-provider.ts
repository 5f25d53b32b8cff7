import type { Decoding, Provider, ProviderCall } from "../provider.ts";
import { ProviderError } from "../provider-error.ts";
import { answerAtOnce, answerInChunks, type ChoiceSource } from "./assemble-answer.ts";
import { type CallRules, pickCallRules } from "./call-rules.ts";
import { createChoiceSeed } from "./choice-seed.ts";
import { answerWithEmbeddings } from "./embed-call.ts";
import { createEmbeddingKinds } from "./embedding-kinds.ts";
import { createEngineClient, type EngineClient } from "./engine-client.ts";
import type { DecodingMode } from "./engine-messages.ts";
import { collectEngineStats, type EngineStats } from "./engine-stats.ts";
import { listDropped } from "./list-dropped.ts";
import { type LlamaCppProviderOptions, withDefaults } from "./llama-cpp-options.ts";
import { createModelQueues } from "./model-queues.ts";
import type { SourceModel } from "./model-source.ts";
import type { ModelState } from "./model-states.ts";
import { pickResponseRules } from "./response-format.ts";
import { createServedModels, toEngineModel } from "./served-models.ts";
import { startChoice } from "./start-choice.ts";

const DEFAULT_CLOSE_MS = 10_000;
const DRAIN_POLL_MS = 20;
const RETRY_EVERY_MS = 1000;
const SLOTS_BEFORE_LOADING = 2;
/** Calls for embeddings of one model at the same time; their inputs take turns. They hold no slot of an answer. */
const EMBEDDING_SLOTS = 4;

const DECODINGS = {
  free: "free",
  grammar: "constrained",
  program: "tightened",
} as const satisfies Record<DecodingMode["kind"], Decoding>;

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
  const { id, source, settings, licenseClass, now, createSeed, schemas, ...rest } = withDefaults(options);
  const { maxWaiting, maxWaitMs, limits, onEngineDeath } = rest;
  const pickRules = (call: ProviderCall) =>
    pickCallRules(call, (format) => pickResponseRules({ compiler: schemas, format, signal: call.signal }));
  const line = { maxWaiting, maxWaitingInAll: maxWaiting * settings.maxLoadedModels, maxWaitMs, now };
  const queues = {
    text: createModelQueues({
      ...line,
      slots: (model) => countSequences(engine.modelState(model)),
      slotsBeforeLoading: settings.sequences ?? SLOTS_BEFORE_LOADING,
    }),
    embeddings: createModelQueues({
      ...line,
      slots: (model) => (engine.modelState(model)?.kind === "loaded" ? EMBEDDING_SLOTS : null),
      slotsBeforeLoading: EMBEDDING_SLOTS,
    }),
  };
  const kinds = createEmbeddingKinds();
  const served = createServedModels({ source, kinds, engine: () => engine, now });
  const engine: EngineClient = createEngineClient({
    settings,
    limits,
    now,
    onStart: served.preload,
    onDeath: onEngineDeath,
    onModelState(model, state) {
      served.onModelState(model, state);
      queues[model.use].refresh(model);
    },
  });
  const stopListening = source.onChange(served.preload);
  const retrying = setInterval(served.retryFailed, RETRY_EVERY_MS).unref();
  const counts = { answers: 0, promptTokens: 0, cachedTokens: 0, completionTokens: 0 };
  const embeddingCounts = { inputs: 0, tokens: 0 };
  let closing: Promise<void> | null = null;

  function pickModel(name: string): SourceModel {
    if (closing !== null) throw new ProviderError("The local engine is closed.", { kind: "unavailable" });
    return served.pick(name);
  }

  /** Everything that can be refused without the engine is refused here. */
  function open(call: ProviderCall, rules: CallRules, isStreamed: boolean): ChoiceSource {
    call.signal.throwIfAborted();
    const model = pickModel(call.model);
    if (!kinds.canWrite(model)) throw createUnableError(model, "write text");
    const engineModel = toEngineModel(model, "text");
    const { request } = call;
    const { choiceCount, constraint, toolRequest, tools, mode, check } = rules;
    const seed = request.seed ?? createSeed();
    const seeds = Array.from({ length: choiceCount }, (_, index) => createChoiceSeed(seed, index));
    const programs = seeds.map((each) => constraint?.start(each) ?? null);
    return {
      call,
      modelName: model.name,
      createdMs: now(),
      choiceCount,
      rules: { tools, check },
      counts,
      facts: () => ({
        dropped: listDropped(request, { hasConstraint: constraint !== null }),
        modelVersion: model.version,
        adapter: model.adapter?.name ?? null,
        decoding: DECODINGS[mode.kind],
        promptVersion: constraint?.promptVersion ?? null,
        interventions: constraint === null ? null : sumInterventions(programs),
      }),
      startChoice: (index, signal) =>
        startChoice({
          call,
          model: engineModel,
          mode,
          seed,
          constraint,
          tools: toolRequest,
          isStreamed,
          queue: queues.text.of(engineModel),
          engine,
          index,
          program: programs[index] ?? null,
          signal,
        }),
    };
  }

  async function close(deadlineMs: number): Promise<void> {
    stopListening();
    clearInterval(retrying);
    const deadline = performance.now() + deadlineMs;
    const isBusy = () => Object.values(queues).some(({ busy, length }) => busy + length > 0);
    while (isBusy() && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, DRAIN_POLL_MS));
    }
    await engine.stop();
  }

  return {
    id,
    kind: "llama-cpp",
    licenseClass,
    complete: async (call) => answerAtOnce(open(call, await pickRules(call), false)),
    stream: async (call) => answerInChunks(open(call, await pickRules(call), true)),
    async embed(call) {
      const model = pickModel(call.model);
      const kind = kinds.pick(model);
      if (kind === null) throw createUnableError(model, "make embeddings");
      return await answerWithEmbeddings({
        call,
        model,
        kind,
        queue: queues.embeddings.of(toEngineModel(model, "embeddings")),
        engine,
        counts: embeddingCounts,
      });
    },
    canEmbed(name) {
      const model = served.find(name);
      // A name that nobody knows is for the call to refuse.
      return model === undefined || kinds.pick(model) !== null;
    },
    servedVersion: (name) => served.find(name)?.version ?? null,
    async models() {
      const { models } = source.current();
      return models.map(({ name, created }) => ({ id: name, created, ownedBy: "tailor", vision: false }));
    },
    health() {
      if (closing !== null) return { state: "failed", detail: "The local engine is closed." };
      return served.health();
    },
    stats: () =>
      collectEngineStats({
        engine,
        source,
        queues,
        counts,
        embeddingCounts,
      }),
    close(deadlineMs = DEFAULT_CLOSE_MS) {
      closing ??= close(deadlineMs);
      return closing;
    },
  };
}

function countSequences(state: ModelState | null): number | null {
  return state?.kind === "loaded" ? state.details.sequences : null;
}

function createUnableError({ name }: SourceModel, what: string): ProviderError {
  const data = { kind: "model_not_found", code: "model_not_supported", param: "model" } as const;
  return new ProviderError(`The model '${name}' does not ${what}.`, data);
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
