import type { ChatCompletionChunk } from "../protocol/chat-chunk.ts";
import { createFaultError } from "./answer-fault.ts";
import type { AnswerFormat } from "./answer-format.ts";

/**
 * Passes a stream through and judges each choice when its end comes, before that end is passed on: a client that sees
 * `finish_reason: "stop"` has an answer in the asked format. Throws ProviderError `invalid_response` otherwise.
 */
export async function* holdToFormat(
  chunks: AsyncIterable<ChatCompletionChunk>,
  format: AnswerFormat,
): AsyncGenerator<ChatCompletionChunk, void, undefined> {
  const contents = new Map<number, string>();
  const refused = new Set<number>();
  for await (const chunk of chunks) {
    for (const { index, delta, finish_reason: end } of chunk.choices) {
      if (delta.content) contents.set(index, (contents.get(index) ?? "") + delta.content);
      if (delta.refusal) refused.add(index);
      if (end !== "stop" || refused.has(index)) continue;
      const fault = format.findFault(contents.get(index) ?? "");
      if (fault !== null) throw createFaultError({ fault });
    }
    yield chunk;
  }
}
