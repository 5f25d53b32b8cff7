import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Config } from "../config/config-schema.ts";
import { type Environment, REPOSITORY_ROOT } from "../config/environment.ts";
import { createPriceList } from "../config/price-list.ts";
import { seedRoutes } from "../config/seed-routes.ts";
import { loadStickySecret } from "../config/sticky-secret.ts";
import { createStylistDomain } from "../config/stylist-domain.ts";
import { isLoopbackName } from "../gateway/access.ts";
import { createAnswerFormats } from "../gateway/answer-format.ts";
import { createGateway, type Gateway } from "../gateway/app.ts";
import { createRedisAnswers } from "../gateway/cache/redis-answers.ts";
import type { SharedAnswers } from "../gateway/cache/shared-answers.ts";
import type { GatewayDeps } from "../gateway/gateway-deps.ts";
import type { GatewayLogger } from "../gateway/gateway-logger.ts";
import { createLiveRoutes, type LiveRoutes } from "../gateway/live-routes.ts";
import { createSchemaCompiler } from "../json-schema/compiler/schema-compiler.ts";
import { compareAnswers } from "../shadow/compare-answers.ts";
import { createShadowRunner, type ShadowRunner } from "../shadow/create-shadow-runner.ts";
import type { Store } from "../store/open-store.ts";
import { loadLexicon } from "../style/load-lexicon.ts";
import { type ConfiguredProviders, createProviders } from "./create-providers.ts";
import { createEraser } from "./eraser.ts";
import { readGauges } from "./gauges.ts";
import { createShadowOffering } from "./offer-shadow.ts";
import { type RetentionSchedule, startRetentionSchedule } from "./retention-schedule.ts";
import { readVersion } from "./version.ts";

const MINUTE_MS = 60_000;

export interface WiredGateway {
  readonly gateway: Gateway;
  readonly providers: ConfiguredProviders;
  readonly routes: LiveRoutes;
  readonly shadow: ShadowRunner;
  /** The cache in Redis, when there is one. */
  readonly sharedAnswers: SharedAnswers | undefined;
  readonly retention: RetentionSchedule;
}

/** Makes the concrete parts and joins them. Local models begin to load. */
export async function wireGateway(options: {
  environment: Environment;
  config: Config;
  store: Store;
  logger: GatewayLogger;
}): Promise<WiredGateway> {
  const { environment, config, store, logger } = options;
  const now = Date.now;
  const lexicon = loadLexicon(join(REPOSITORY_ROOT, "data", "style"));
  const seeded = await seedRoutes({ store: store.routes, configured: config.routes, now });
  const schemas = createSchemaCompiler();
  const formats = createAnswerFormats(schemas);
  const domain = createStylistDomain({ lexicon, formats });
  const costUsd = createPriceList(config.providers);
  const providers = createProviders(config.providers, { environment, schemas, logger });
  const passthrough = config.passthrough === null ? undefined : providers.active.get(config.passthrough);
  const routes = createLiveRoutes({ routes: seeded, passthrough });
  const shadow = createShadowRunner({
    resolve: ({ provider }) => providers.active.get(provider),
    recorder: store.recorder,
    judge: (request, answer) => domain.recognise(request)?.judge(answer) ?? null,
    agreement: compareAnswers,
    costUsd,
    now,
    maxQueue: config.limits.maxQueuedShadows,
  });
  const { redisUrl } = environment;
  const sharedAnswers = redisUrl === undefined ? undefined : createRedisAnswers({ url: redisUrl });
  const { everyMinutes, ...policy } = config.retention;
  const retention = startRetentionSchedule({
    retention: store.retention,
    policy,
    everyMs: everyMinutes * MINUTE_MS,
    random: Math.random,
    now,
    logger,
  });
  const gateway = createGateway({
    providers: providers.active,
    inactiveProviders: providers.inactive,
    routes,
    passthrough,
    domain,
    store,
    formats,
    sharedAnswers,
    erase: createEraser({ store, environment, datasetDirs: config.datasetDirs }),
    offerShadow: createShadowOffering(shadow, providers.active),
    costUsd,
    gauges: () => ({ ...readGauges(shadow, providers), ...retention.gauges() }),
    describeEngine: () => describeEngines(providers),
    instance: describeInstance(now),
    logger,
    now,
    settings: createSettings(environment, config),
  });
  return { gateway, providers, routes, shadow, sharedAnswers, retention };
}

function createSettings(
  environment: Environment,
  { limits, generateRoute }: Config,
): GatewayDeps["settings"] {
  return {
    isLoopback: isLoopbackName(environment.host),
    adminKey: environment.adminKey,
    logMode: environment.logMode,
    stickySecret: loadStickySecret(environment.dataDir),
    limits,
    cacheBytes: limits.cacheBytes,
    cacheEntryBytes: limits.cacheEntryBytes,
    generateRoute,
  };
}

function describeInstance(now: () => number): GatewayDeps["instance"] {
  return { id: randomUUID(), host: hostname(), pid: process.pid, version: readVersion(), startedAt: now() };
}

function describeEngines({ local }: ConfiguredProviders): unknown {
  return {
    engines: local.map((engine) => ({ provider: engine.id, health: engine.health(), ...engine.stats() })),
  };
}
