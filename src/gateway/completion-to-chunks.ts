import type { ChatCompletionChunk, ChunkChoice } from "../protocol/chat-chunk.ts";
import type { ChatCompletion, Choice } from "../protocol/chat-completion.ts";

/** A whole answer as the chunks a streaming client expects: role, content, finish reason, usage. */
export function* convertCompletionToChunks(completion: ChatCompletion): Generator<ChatCompletionChunk> {
  const { id, created, model } = completion;
  const createChunk = (choices: ChunkChoice[]): ChatCompletionChunk => ({
    id,
    object: "chat.completion.chunk",
    created,
    model,
    choices,
  });
  const createChoice = ({ index }: Choice, delta: ChunkChoice["delta"]): ChunkChoice => ({
    index,
    delta,
    logprobs: null,
    finish_reason: null,
  });
  for (const choice of completion.choices) {
    const { role, content, refusal, ...rest } = choice.message;
    yield createChunk([createChoice(choice, { role, content: content === null ? null : "" })]);
    if (content !== null && content !== "") yield createChunk([createChoice(choice, { content })]);
    if (refusal) yield createChunk([createChoice(choice, { refusal })]);
    if (Object.keys(rest).length > 0) yield createChunk([createChoice(choice, rest)]);
    yield createChunk([{ ...createChoice(choice, {}), finish_reason: choice.finish_reason }]);
  }
  if (completion.usage) yield { ...createChunk([]), usage: completion.usage };
}
