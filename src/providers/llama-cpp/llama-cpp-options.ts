import { randomInt } from "node:crypto";
import path from "node:path";
import { createSchemaCompiler, type SchemaCompiler } from "../../json-schema/compiler/schema-compiler.ts";
import type { LicenseClass } from "../provider.ts";
import type { EngineSettings } from "./engine-messages.ts";
import type { ModelSource } from "./model-source.ts";

export interface LlamaCppProviderOptions {
  readonly id: string;
  readonly source: ModelSource;
  /**
   * Where measured thread counts (`<dataDir>/engine/calibration.json`) and copies of weights (`<dataDir>/engine/weights`)
   * are kept; without it nothing is remembered and no copy made.
   */
  readonly dataDir?: string | undefined;
  /** False takes files as they are, where a copy with unpacked weights would decode faster. */
  readonly unpackWeights?: boolean | undefined;
  readonly licenseClass?: LicenseClass | undefined;
  readonly gpu?: EngineSettings["gpu"] | undefined;
  /** A fixed number of decoding threads instead of the measured one. */
  readonly threads?: number | undefined;
  /** What is faster on this machine when left out. */
  readonly flashAttention?: boolean | undefined;
  /** Answers decoded at the same time by one model; as many as cores and memory are good for when left out. */
  readonly sequences?: number | undefined;
  readonly maxContextLength?: number | undefined;
  readonly maxLoadedModels?: number | undefined;
  /** Most memory for models and their contexts; 80 % of what is free at the start when left out. */
  readonly memoryBudgetBytes?: number | undefined;
  /** False samples also what a schema leaves no choice about; slower, for comparing. */
  readonly jumpsForward?: boolean | undefined;
  /** Compiles answer schemas; one for the whole process when several parts need it. */
  readonly schemas?: SchemaCompiler | undefined;
  readonly maxWaiting?: number | undefined;
  readonly maxWaitMs?: number | undefined;
  /** How long an engine with work may decode nothing before it counts as hung. */
  readonly stallMs?: number | undefined;
  /** How long the load of a model may get no further before the engine counts as hung. */
  readonly loadStallMs?: number | undefined;
  /** Told of each end of the engine process that nobody asked for. */
  readonly onEngineDeath?:
    | ((death: { readonly reason: string; readonly why: string | null }) => void)
    | undefined;
  /** Milliseconds since the epoch. */
  readonly now?: (() => number) | undefined;
  /** A fresh 31-bit seed for requests that bring none. */
  readonly createSeed?: (() => number) | undefined;
}

/** Weights come from slow disks and networks; making the context and measuring threads tell nothing in between. */
const LOAD_STALL_MS = 300_000;

/** The options with every default filled in. */
export function withDefaults(options: LlamaCppProviderOptions) {
  const settings: EngineSettings = {
    gpu: options.gpu ?? "auto",
    threads: options.threads ?? null,
    flashAttention: options.flashAttention ?? null,
    sequences: options.sequences ?? null,
    maxContextLength: options.maxContextLength ?? 4096,
    maxLoadedModels: options.maxLoadedModels ?? 4,
    memoryBudgetBytes: options.memoryBudgetBytes ?? null,
    calibrationFile:
      options.dataDir === undefined ? null : path.resolve(options.dataDir, "engine", "calibration.json"),
    weightsFolder:
      options.dataDir === undefined || options.unpackWeights === false
        ? null
        : path.resolve(options.dataDir, "engine", "weights"),
    jumpsForward: options.jumpsForward ?? true,
  };
  return {
    id: options.id,
    source: options.source,
    settings,
    licenseClass: options.licenseClass ?? ("commercial_ok" as const),
    schemas: options.schemas ?? createSchemaCompiler(),
    maxWaiting: options.maxWaiting ?? 32,
    maxWaitMs: options.maxWaitMs ?? 30_000,
    limits: { stallMs: options.stallMs ?? null, loadStallMs: options.loadStallMs ?? LOAD_STALL_MS },
    onEngineDeath: options.onEngineDeath ?? (() => {}),
    now: options.now ?? Date.now,
    createSeed: options.createSeed ?? (() => randomInt(2 ** 31)),
  };
}
