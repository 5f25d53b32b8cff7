import { join } from "node:path";
import { ConfigError } from "../config/config-error.ts";
import { loadConfig } from "../config/config-file.ts";
import type { Environment } from "../config/environment.ts";
import { isLoopbackName } from "../gateway/access.ts";
import { drainGateway } from "../gateway/drain.ts";
import type { GatewayLogger } from "../gateway/gateway-logger.ts";
import { listen } from "../gateway/listen.ts";
import { type Readiness, readReadiness } from "../gateway/readiness.ts";
import { openStore, type Store } from "../store/open-store.ts";
import type { ConfiguredProviders } from "./create-providers.ts";
import { wireGateway } from "./wire-gateway.ts";

export interface Tailor {
  readonly url: string;
  /** Resolves when every model is loaded or has failed to. */
  settled(): Promise<Readiness>;
  /** Drains and frees everything. Rejects when rows could not be committed. */
  stop(): Promise<void>;
}

export interface StartOptions {
  readonly environment: Environment;
  readonly logger: GatewayLogger;
}

const LOADING_POLL_MS = 50;

/**
 * Opens the port at once; models load behind it.
 * @throws ConfigError and the store's errors, each with a sentence for whoever starts it
 */
export async function startTailor({ environment, logger }: StartOptions): Promise<Tailor> {
  const config = loadConfig(environment.configPath);
  const { maxQueuedRecords, maxSpoolBytes, drainDeadlineMs } = config.limits;
  const store = await openStore({
    url: environment.databaseUrl,
    spoolDir: join(environment.dataDir, "spool"),
    maxSpoolBytes,
    maxQueuedRecords,
    logger,
  });
  try {
    assertReachable(environment, store);
    const { gateway, providers, routes, shadow, sharedAnswers, retention } = await wireGateway({
      environment,
      config,
      store,
      logger,
    });
    const server = await listen({ ...environment, app: gateway.app });
    let stopping: Promise<void> | null = null;
    return {
      url: server.url,
      async settled() {
        while (stopping === null && isLoading(providers)) {
          await new Promise((resolve) => setTimeout(resolve, LOADING_POLL_MS));
        }
        return readReadiness({
          providers: providers.active,
          routes: routes.list(),
          recorder: store.recorder,
          cache: sharedAnswers?.state() ?? null,
          isDraining: stopping !== null,
        });
      },
      stop() {
        stopping ??= drainGateway({
          gateway,
          server,
          shadow,
          sharedAnswers,
          retention,
          store,
          providers: providers.active.values(),
          deadlineMs: drainDeadlineMs,
          now: Date.now,
        });
        return stopping;
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
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
