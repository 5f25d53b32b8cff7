import type { Provider, ProviderHealth } from "../providers/provider.ts";
import type { Route } from "../routing/route.ts";
import type { InferenceRecorder } from "../store/inference-log.ts";
import type { SharedState } from "./cache/shared-answers.ts";

export interface Readiness {
  readonly ready: boolean;
  readonly draining: boolean;
  readonly providers: Readonly<Record<string, ProviderHealth>>;
  readonly routes: Readonly<Record<string, { readonly ready: boolean }>>;
  readonly store: ReturnType<InferenceRecorder["stats"]>;
  /** The cache shared with other instances; null without one. Its loss makes nothing unready. */
  readonly sharedCache: SharedState | null;
}

/** Ready when every enabled route has at least one target in use whose provider can answer. */
export function readReadiness(options: {
  providers: ReadonlyMap<string, Provider>;
  routes: readonly Route[];
  recorder: Pick<InferenceRecorder, "stats">;
  cache: SharedState | null;
  isDraining: boolean;
}): Readiness {
  const providers = Object.fromEntries(
    [...options.providers].map(([id, provider]) => [id, provider.health()]),
  );
  const routes = Object.fromEntries(
    options.routes
      .filter((route) => route.enabled)
      .map((route) => [route.name, { ready: route.targets.some((target) => isUsable(target)) }]),
  );
  return {
    ready: !options.isDraining && Object.values(routes).every((route) => route.ready),
    draining: options.isDraining,
    providers,
    routes,
    store: options.recorder.stats(),
    sharedCache: options.cache,
  };

  function isUsable({ provider, percent }: Route["targets"][number]): boolean {
    const state = providers[provider]?.state;
    return percent > 0 && (state === "ready" || state === "degraded");
  }
}
