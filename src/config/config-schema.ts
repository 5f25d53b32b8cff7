import { z } from "zod";
import { DIALECTS } from "../providers/openai/dialects/dialect.ts";
import { SCHEMA_FORMS } from "../providers/openai/requests/schema-form.ts";
import { routeSchema } from "../routing/route.ts";

const licenseClassSchema = z.enum(["commercial_ok", "research_only", "restricted_teacher", "unknown"]);

const llamaCppSchema = z.strictObject({
  kind: z.literal("llama-cpp"),
  /** Folder with `registry.json`; TAILOR_MODELS_DIR when left out. */
  modelsDir: z.string().min(1).optional(),
  /** Answers written at the same time by one model; from cores and memory when left out. */
  sequences: z.number().int().min(1).max(64).optional(),
  /** Tokens of prompt and answer together. */
  maxContextLength: z.number().int().min(256).max(131_072).optional(),
  threads: z.number().int().min(1).max(256).optional(),
  gpu: z.enum(["auto", "cuda", "vulkan", "metal", "off"]).default("auto"),
  /** Where it is faster, when left out (docs/engine.md). */
  flashAttention: z.boolean().optional(),
  /** Whether a copy of the weights may be kept in the data folder, in the form that decodes fastest here. */
  unpackWeights: z.boolean().optional(),
  /** Models in memory at the same time, and the bytes they may take with their contexts: those used last are kept. */
  maxLoadedModels: z.number().int().min(1).max(64).optional(),
  memoryBudgetBytes: z.number().int().min(1).optional(),
  /** Requests that wait for a free sequence of one model, and how long at most. */
  maxWaiting: z.number().int().min(0).max(10_000).optional(),
  maxWaitMs: z.number().int().min(1).optional(),
  licenseClass: licenseClassSchema.default("commercial_ok"),
});

const milliseconds = z.number().int().min(1);

const openAiSchema = z.strictObject({
  kind: z.literal("openai"),
  /** What stands behind the address; nothing is guessed from it. */
  dialect: z.enum(DIALECTS).default("openai"),
  /** Azure's dated version, for instance 2024-10-21. */
  apiVersion: z.string().min(1).optional(),
  /** How a JSON schema is passed, where the server is older or newer than the dialect. */
  schemaForm: z.enum(SCHEMA_FORMS).optional(),
  /** False for an upstream that refuses `stream_options`. */
  streamUsage: z.boolean().default(true),
  /** OPENAI_BASE_URL, else OpenAI's own address, when left out. */
  baseUrl: z.url().optional(),
  /** Variable that holds the key; without it set there is no such target. null: the upstream wants no key. */
  apiKeyEnv: z.string().min(1).nullable().default("OPENAI_API_KEY"),
  licenseClass: licenseClassSchema.default("unknown"),
  connections: z.number().int().min(1).max(4096).optional(),
  /** How long an idle connection is kept where the upstream does not say. */
  keepAliveMs: milliseconds.max(600_000).optional(),
  /** PEM file of a private authority; it replaces the public ones. */
  caFile: z.string().min(1).optional(),
  /** Whether it can see images. */
  vision: z.boolean().default(true),
  /** By model; without a price a call's cost is unknown and a shadow with a daily cap is not asked. */
  prices: z
    .record(
      z.string(),
      z.strictObject({ inputUsdPerMillion: z.number().min(0), outputUsdPerMillion: z.number().min(0) }),
    )
    .default({}),
  timeouts: z
    .strictObject({
      connectMs: milliseconds,
      firstTokenMs: milliseconds,
      betweenTokensMs: milliseconds,
      totalMs: milliseconds,
    })
    .partial()
    .default({}),
  /** Asking the same upstream again, before any byte of an answer came. */
  retries: z
    .strictObject({
      max: z.number().int().min(0).max(10),
      baseMs: milliseconds,
      maxDelayMs: milliseconds,
      budgetMs: milliseconds,
    })
    .partial()
    .default({}),
  /** When a model that keeps failing is left alone, and for how long. */
  circuit: z
    .strictObject({
      failures: z.number().int().min(1),
      failurePercent: z.number().min(1).max(100),
      minCalls: z.number().int().min(1).max(256),
      windowMs: milliseconds,
      openMs: milliseconds,
    })
    .partial()
    .default({}),
});

const providerConfigSchema = z.discriminatedUnion("kind", [llamaCppSchema, openAiSchema]);
export type ProviderConfig = z.infer<typeof providerConfigSchema>;

const limitsSchema = z
  .strictObject({
    maxBodyBytes: z
      .number()
      .int()
      .min(1024)
      .default(20 * 1024 * 1024),
    maxDepth: z.number().int().min(4).max(1000).default(64),
    cacheBytes: z
      .number()
      .int()
      .min(1024)
      .default(64 * 1024 * 1024),
    /** Largest answer that is cached. */
    cacheEntryBytes: z
      .number()
      .int()
      .min(1024)
      .default(1024 * 1024),
    /** Log records held in memory while the database is slow; above it they go to the spool on disk. */
    maxQueuedRecords: z.number().int().min(1).default(20_000),
    /** The spool's size at most: rows that wait on local disk for a database that is away. */
    maxSpoolBytes: z
      .number()
      .int()
      .min(64 * 1024)
      .default(1024 * 1024 * 1024),
    maxQueuedShadows: z.number().int().min(0).default(256),
    /** How long a stop waits for requests under way. */
    drainDeadlineMs: z.number().int().min(0).max(600_000).default(25_000),
  })
  .prefault({});

const days = z.number().positive().max(36_500).optional();

/** For how many days rows are kept; what is left out stays. */
const retentionSchema = z
  .strictObject({
    /** Contents of requests and answers. */
    bodiesDays: days,
    /** Requests themselves, with their contents, the calls made for them and what shadows answered. */
    rowsDays: days,
    shadowsDays: days,
    feedbackDays: days,
    auditDays: days,
    /** How often a server looks. */
    everyMinutes: z.number().positive().max(10_080).default(60),
  })
  .prefault({});

/** `tailor.config.yaml`. */
export const configSchema = z
  .strictObject({
    providers: z.record(z.string().regex(/^[a-z0-9][a-z0-9._-]*$/), providerConfigSchema),
    routes: z.array(routeSchema).min(1),
    /** Route that answers `POST /generate`. */
    generateRoute: z.string().default("stylist"),
    /** Provider that takes model names no route knows; null: such names are 404. */
    passthrough: z.string().nullable().default("openai"),
    limits: limitsSchema,
    retention: retentionSchema,
    /** Folders with data sets, exports and samples besides the data folder: an erasure looks through them. */
    datasetDirs: z.array(z.string().min(1)).max(100).default([]),
  })
  .superRefine(({ providers, routes }, context) => {
    const names = new Set<string>();
    for (const [index, route] of routes.entries()) {
      if (names.has(route.name)) {
        context.addIssue({
          code: "custom",
          path: ["routes", index, "name"],
          message: `${route.name} repeats`,
        });
      }
      names.add(route.name);
      for (const [position, { provider }] of route.targets.entries()) {
        if (provider in providers) continue;
        const path = ["routes", index, "targets", position, "provider"];
        context.addIssue({ code: "custom", path, message: `no provider is called ${provider}` });
      }
    }
  });
export type Config = z.infer<typeof configSchema>;
