import type { LlamaCppProvider } from "../providers/llama-cpp/llama-cpp-provider.ts";
import type { Provider } from "../providers/provider.ts";
import type { ShadowRunner } from "../shadow/create-shadow-runner.ts";

/** Levels of the parts behind the gateway, by metric name. */
export function readGauges(
  shadow: Pick<ShadowRunner, "stats">,
  providers: { readonly local: readonly LlamaCppProvider[]; readonly active: ReadonlyMap<string, Provider> },
): Record<string, number> {
  const { dropped, ...counts } = shadow.stats();
  return {
    ...prefixKeys("shadow_", counts),
    ...prefixKeys("shadow_dropped_", dropped),
    ...Object.assign({}, ...providers.local.map((engine) => readEngineGauges(engine))),
    ...Object.assign({}, ...[...providers.active.values()].map((provider) => readProviderGauges(provider))),
  };
}

function readEngineGauges({ id, stats }: LlamaCppProvider): Record<string, number> {
  const { slots, queue, tokensPerSecond, restarts, tokens, prefixCache, memory, embeddings } = stats();
  return prefixKeys(`engine_${id}_`, {
    slots_busy: slots.busy,
    slots_total: slots.total,
    queue_length: queue.length,
    queue_waited: queue.waited,
    queue_waited_ms: queue.waitedMs,
    queue_refused: queue.refused,
    shadows_preempted: queue.preempted,
    tokens_per_second: tokensPerSecond,
    prefix_cache_bytes: prefixCache.bytes,
    prefix_cache_hit_tokens: prefixCache.hitTokens,
    memory_rss_bytes: memory.rssBytes ?? 0,
    restarts,
    prompt_tokens: tokens.promptTokens,
    cached_tokens: tokens.cachedTokens,
    completion_tokens: tokens.completionTokens,
    embeddings_busy: embeddings.slots.busy,
    embeddings_queue_length: embeddings.queue.length,
    embeddings_queue_refused: embeddings.queue.refused,
    embeddings_inputs: embeddings.inputs,
    embeddings_tokens: embeddings.tokens,
  });
}

function readProviderGauges({ id, gauges }: Provider): Record<string, number> {
  return gauges === undefined ? {} : prefixKeys(`provider_${id}_`, gauges());
}

function prefixKeys(prefix: string, values: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [prefix + name, value]));
}
