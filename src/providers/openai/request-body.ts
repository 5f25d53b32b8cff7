import type { ProviderCall } from "../provider.ts";

/** Fields that Tailor may carry inside a request for itself. */
const INTERNAL_PREFIX = "tailor_";

/**
 * The client's request for this upstream, as JSON text: its fields in their order, the target's model name, and only
 * the stream fields that fit the way of calling (`stream_options` without `stream` is refused upstream).
 */
export function createRequestBody(call: ProviderCall, { stream }: { stream: boolean }): string {
  const body: Record<string, unknown> = { ...call.request, model: call.model, stream };
  if (!stream) delete body.stream_options;
  for (const name of Object.keys(body)) if (name.startsWith(INTERNAL_PREFIX)) delete body[name];
  return JSON.stringify(body);
}
