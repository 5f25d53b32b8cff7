import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { join } from "node:path";
import { ConfigError } from "../config/config-error.ts";
import { loadConfig } from "../config/config-file.ts";
import type { Config } from "../config/config-schema.ts";
import { type Environment, REPOSITORY_ROOT } from "../config/environment.ts";
import { createPriceList } from "../config/price-list.ts";
import { seedRoutes } from "../config/seed-routes.ts";
import { loadStickySecret } from "../config/sticky-secret.ts";
import { createStylistDomain } from "../config/stylist-domain.ts";
import { isLoopbackName } from "../gateway/access.ts";
import { createAnswerFormats } from "../gateway/answer-format.ts";
import { createGateway } from "../gateway/app.ts";
import { drainGateway } from "../gateway/drain.ts";
import type { GatewayLogger } from "../gateway/gateway-logger.ts";
import { listen } from "../gateway/listen.ts";
import { createLiveRoutes } from "../gateway/live-routes.ts";
import { readReadiness } from "../gateway/readiness.ts";
import type { ProviderHealth } from "../providers/provider.ts";
import { compareAnswers } from "../shadow/compare-answers.ts";
import { createShadowRunner } from "../shadow/create-shadow-runner.ts";
import { openStore, type Store } from "../store/open-store.ts";
import { loadLexicon } from "../style/load-lexicon.ts";
import { type ConfiguredProviders, createProviders } from "./create-providers.ts";
import { readGauges } from "./gauges.ts";
import { createShadowOffering } from "./offer-shadow.ts";
import { readVersion } from "./version.ts";

export interface Tailor {
  readonly url: string;
  /** Resolves when every model is loaded or has failed to: whether all routes can be answered, and each part's state. */
  settled(): Promise<{ ready: boolean; providers: Readonly<Record<string, ProviderHealth>> }>;
  /** Drains and frees everything. Rejects when rows could not be committed. */
  stop(): Promise<void>;
}

export interface StartOptions {
  readonly environment: Environment;
  readonly logger: GatewayLogger;
}

const LOADING_POLL_MS = 50;

/**
 * Wires the parts and opens the port at once; models load behind it.
 * @throws ConfigError and the store's errors, each with a sentence for whoever starts it
 */
export async function startTailor({ environment, logger }: StartOptions): Promise<Tailor> {
  const config = loadConfig(environment.configPath);
  const lexicon = loadLexicon(join(REPOSITORY_ROOT, "data", "style"));
  const store = await openStore({
    url: environment.databaseUrl,
    maxQueuedRecords: config.limits.maxQueuedRecords,
    logger,
  });
  try {
    assertReachable(environment, store);
  } catch (error) {
    await store.close();
    throw error;
  }
  const now = Date.now;
  const formats = createAnswerFormats();
  const domain = createStylistDomain({ lexicon, formats, random: Math.random });
  const providers = createProviders(config.providers, environment);
  const passthrough = config.passthrough === null ? undefined : providers.active.get(config.passthrough);
  const routes = createLiveRoutes({
    routes: await seedRoutes({ store: store.routes, configured: config.routes, now }),
    passthrough,
  });
  const costUsd = createPriceList(config.providers);
  const shadow = createShadowRunner({
    resolve: ({ provider }) => providers.active.get(provider),
    recorder: store.recorder,
    judge: (request, answer) => domain.recognise(request)?.judge(answer) ?? null,
    agreement: compareAnswers,
    costUsd,
    now,
    maxQueue: config.limits.maxQueuedShadows,
  });
  const gateway = createGateway({
    providers: providers.active,
    routes,
    passthrough,
    domain,
    store,
    formats,
    inactiveProviders: providers.inactive,
    offerShadow: createShadowOffering(shadow, providers.active),
    costUsd,
    gauges: () => readGauges(shadow, providers.local),
    describeEngine: () => describeEngines(providers),
    instance: {
      id: randomUUID(),
      host: hostname(),
      pid: process.pid,
      version: readVersion(),
      startedAt: now(),
    },
    logger,
    now,
    settings: createSettings(environment, config),
  });
  const server = await listen({ app: gateway.app, host: environment.host, port: environment.port });
  const readState = () =>
    readReadiness({
      providers: providers.active,
      routes: routes.list(),
      recorder: store.recorder,
      isDraining: false,
    });
  let stopping: Promise<void> | null = null;

  return {
    url: server.url,
    async settled() {
      while (stopping === null && isLoading(providers)) {
        await new Promise((resolve) => setTimeout(resolve, LOADING_POLL_MS));
      }
      return readState();
    },
    stop() {
      const { drainDeadlineMs: deadlineMs } = config.limits;
      stopping ??= drainGateway({
        gateway,
        server,
        shadow,
        store,
        providers: providers.active.values(),
        deadlineMs,
        now,
      });
      return stopping;
    },
  };
}

function createSettings(environment: Environment, { limits, generateRoute }: Config) {
  return {
    isLoopback: isLoopbackName(environment.host),
    adminKey: environment.adminKey,
    logMode: environment.logMode,
    stickySecret: loadStickySecret(environment.dataDir),
    limits,
    cacheBytes: limits.cacheBytes,
    generateRoute,
  };
}

/** Nobody should find out later that the whole network could call. */
function assertReachable({ host, adminKey }: Environment, store: Store): void {
  if (isLoopbackName(host) || adminKey !== undefined || store.keys.hasActiveKey()) return;
  throw new ConfigError(
    `HOST=${host} lets other machines call, so callers need a key: set TAILOR_ADMIN_KEY, or make one with "npm run tailor -- keys create", then start again.`,
  );
}

function isLoading({ active }: ConfiguredProviders): boolean {
  return [...active.values()].some((provider) => provider.health().state === "loading");
}

function describeEngines({ local }: ConfiguredProviders): unknown {
  return {
    engines: local.map((engine) => ({ provider: engine.id, health: engine.health(), ...engine.stats() })),
  };
}
