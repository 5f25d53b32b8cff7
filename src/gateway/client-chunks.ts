import type { ChatCompletionChunk } from "../protocol/chat-chunk.ts";
import { createCompletionId } from "../protocol/ids.ts";
import type { InferenceTrace } from "./inference-trace.ts";

/**
 * Chunks as the client is to see them: one id, the asked model name, a role first, usage only where it was asked for.
 * What passes through is noted in the trace for the log.
 */
export async function* convertToClientChunks(
  chunks: AsyncIterable<ChatCompletionChunk> | Iterable<ChatCompletionChunk>,
  trace: InferenceTrace,
): AsyncGenerator<ChatCompletionChunk, void, undefined> {
  const { request, id } = trace.intake;
  const stamp = { id: createCompletionId(id), model: request.model };
  const wantsUsage = request.stream_options?.include_usage === true;
  const startedChoices = new Set<number>();
  trace.answer = null;
  for await (const chunk of chunks) {
    noteChunk(trace, chunk);
    if (chunk.choices.length === 0 && !wantsUsage) continue;
    const { usage, ...rest } = chunk;
    const sent: ChatCompletionChunk = { ...rest, ...stamp, ...(wantsUsage ? { usage: usage ?? null } : {}) };
    const openings = sent.choices.filter((choice) => !startedChoices.has(choice.index));
    for (const { index, delta } of openings) {
      startedChoices.add(index);
      if (delta.role) continue;
      yield {
        ...sent,
        choices: [{ index, delta: { role: "assistant", content: "" }, logprobs: null, finish_reason: null }],
      };
    }
    yield sent;
  }
}

function noteChunk(trace: InferenceTrace, { choices, usage }: ChatCompletionChunk): void {
  if (usage) trace.usage = usage;
  for (const { index, delta, finish_reason: finishReason } of choices) {
    if (index !== 0) continue;
    if (delta.content) trace.answer = (trace.answer ?? "") + delta.content;
    if (finishReason) trace.finishReason = finishReason;
  }
}
