import { z } from "zod";

const percentSchema = z.number().min(0).max(100);

const targetSchema = z.strictObject({
  id: z.string().min(1).max(64),
  /** A configured provider's id. */
  provider: z.string().min(1),
  /** The provider's own model name; "default" = the registry's default model (llama-cpp only). */
  model: z.string().min(1),
  percent: percentSchema,
});
export type Target = z.infer<typeof targetSchema>;

const shadowRuleSchema = z.strictObject({
  target: z.string().min(1),
  percent: percentSchema,
  maxConcurrency: z.number().int().min(1).max(64).default(2),
  /** Spend cap in US dollars a day; null = none. */
  dailyUsd: z.number().min(0).nullable().default(null),
});
export type ShadowRule = z.infer<typeof shadowRuleSchema>;

/** What the backend's request is routed by. Percents of the targets sum to 100. */
export const routeSchema = z
  .strictObject({
    name: z
      .string()
      .min(1)
      .max(64)
      .regex(/^[a-z0-9][a-z0-9._-]*$/),
    /** Model names a client may ask for that lead here. */
    models: z.array(z.string().min(1)).min(1),
    targets: z.array(targetSchema).min(1).max(16),
    /** Target ids in the order they are asked when the picked one cannot answer. */
    fallback: z.array(z.string()).default([]),
    /** Hash users to a fixed bucket (true), or roll per request (false). */
    sticky: z.boolean().default(true),
    shadow: z.array(shadowRuleSchema).max(8).default([]),
    /** Most time for one target's whole answer. */
    timeoutMs: z.number().int().min(100).max(600_000).default(60_000),
    /** For streams, where they differ from the provider's: until the first event, and between two events. */
    streamTimeouts: z
      .strictObject({
        firstTokenMs: z.number().int().min(1).max(600_000),
        betweenTokensMs: z.number().int().min(1).max(600_000),
      })
      .partial()
      .optional(),
    /** drop: text models get text only; vision: requests with a real image go to a target that can see. */
    imagePolicy: z.enum(["drop", "vision"]).default("drop"),
    cache: z
      .strictObject({
        enabled: z.boolean().default(false),
        ttlMs: z.number().int().min(1000).default(300_000),
        /** Also cache answers sampled at temperature > 0. */
        sampled: z.boolean().default(false),
      })
      .prefault({}),
    /** Whether local answers are decoded under the domain's constraint. */
    constraints: z.boolean().default(true),
    streamValidation: z.enum(["buffer", "after"]).default("buffer"),
    /** strict: a row is durable before the last byte of its answer leaves. Null: as TAILOR_LOG_MODE says. */
    logMode: z.enum(["async", "strict"]).nullable().default(null),
    consent: z.enum(["none", "log", "train"]).default("log"),
    redaction: z.enum(["off", "on"]).default("on"),
    enabled: z.boolean().default(true),
    version: z.number().int().min(1).default(1),
  })
  .superRefine((route, context) => {
    const total = route.targets.reduce((sum, target) => sum + target.percent, 0);
    if (Math.abs(total - 100) > 1e-6) {
      context.addIssue({ code: "custom", path: ["targets"], message: `percents sum to ${total}, not 100` });
    }
    const ids = new Set(route.targets.map((target) => target.id));
    if (ids.size !== route.targets.length) {
      context.addIssue({ code: "custom", path: ["targets"], message: "target ids repeat" });
    }
    for (const [index, id] of route.fallback.entries()) {
      if (!ids.has(id)) {
        context.addIssue({ code: "custom", path: ["fallback", index], message: `unknown target ${id}` });
      }
    }
    for (const [index, rule] of route.shadow.entries()) {
      const path = ["shadow", index, "target"];
      if (!ids.has(rule.target)) {
        context.addIssue({ code: "custom", path, message: `unknown target ${rule.target}` });
      }
      if (route.shadow.findIndex(({ target }) => target === rule.target) !== index) {
        context.addIssue({ code: "custom", path, message: `a second rule for ${rule.target}` });
      }
    }
  });
export type Route = z.infer<typeof routeSchema>;
