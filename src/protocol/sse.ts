import type { ErrorEnvelope } from "./openai-error.ts";

/** The last event of every Chat Completions stream that went well. */
export const SSE_DONE = "data: [DONE]\n\n";

/** One server-sent event with `value` as JSON; JSON holds no raw line breaks, so one `data` line is enough. */
export function encodeSseEvent(value: unknown): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}

/** An event with a name, as the Responses interface sends them. */
export function encodeNamedSseEvent(name: string, value: unknown): string {
  return `event: ${name}\n${encodeSseEvent(value)}`;
}

/**
 * An error after the first byte. Sent without an event name: the OpenAI clients raise on a `data` object that has
 * `error`, and plain readers that skip named events still see it. No `[DONE]` follows.
 */
export function encodeSseError(envelope: ErrorEnvelope): string {
  return encodeSseEvent(envelope);
}

/** A line that readers skip; keeps proxies from closing a quiet connection. */
export function encodeSseComment(text: string): string {
  return `: ${text.replaceAll(/[\r\n]+/g, " ")}\n\n`;
}
