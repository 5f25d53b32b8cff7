import type { ChatCompletionChunk, ChunkChoice } from "../protocol/chat-chunk.ts";
import type { Usage } from "../protocol/chat-completion.ts";
import { createCompletionId } from "../protocol/ids.ts";
import type { InferenceTrace } from "./inference-trace.ts";
import { createStreamNotes } from "./note-answer.ts";

/**
 * Chunks as the client is to see them: one id and time, the asked model name, a role first, and usage only where it was
 * asked for: null on every chunk, then a chunk of its own. What passes through is noted in the trace for the log.
 */
export async function* convertToClientChunks(
  chunks: AsyncIterable<ChatCompletionChunk> | Iterable<ChatCompletionChunk>,
  trace: InferenceTrace,
): AsyncGenerator<ChatCompletionChunk, void, undefined> {
  const { request, id } = trace.intake;
  const wantsUsage = request.stream_options?.include_usage === true;
  const startedChoices = new Set<number>();
  let last: ChatCompletionChunk | null = null;
  let usage: Usage | null = null;
  const notes = createStreamNotes(trace);
  for await (const chunk of chunks) {
    notes.add(chunk);
    usage = chunk.usage ?? usage;
    if (chunk.choices.length === 0) continue;
    const { usage: _, ...rest } = chunk;
    const stamp = {
      id: createCompletionId(id),
      created: last?.created ?? chunk.created,
      model: request.model,
    };
    const sent: ChatCompletionChunk = { ...rest, ...stamp, ...(wantsUsage && { usage: null }) };
    last = sent;
    for (const { index, delta } of sent.choices) {
      if (startedChoices.has(index)) continue;
      startedChoices.add(index);
      if (!delta.role) yield { ...sent, choices: [createOpening(index)] };
    }
    yield sent;
  }
  notes.end();
  if (wantsUsage && usage !== null && last !== null) yield { ...last, choices: [], usage };
}

function createOpening(index: number): ChunkChoice {
  return { index, delta: { role: "assistant", content: "" }, logprobs: null, finish_reason: null };
}
