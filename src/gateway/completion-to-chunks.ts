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
    const { role, content, refusal, tool_calls: calls, ...rest } = choice.message;
    const { logprobs = null } = choice;
    yield createChunk([createChoice(choice, { role, content: content === null ? null : "" })]);
    if (content) yield createChunk([{ ...createChoice(choice, { content }), logprobs }]);
    if (refusal) yield createChunk([createChoice(choice, { refusal })]);
    // A whole message's calls carry no index, a stream's pieces are told apart by it.
    const tool_calls = calls?.map((call, index) => ({ index, ...call }));
    if (tool_calls?.length) yield createChunk([createChoice(choice, { tool_calls })]);
    if (Object.keys(rest).length > 0) yield createChunk([createChoice(choice, rest)]);
    yield createChunk([{ ...createChoice(choice, {}), finish_reason: choice.finish_reason }]);
  }
  if (completion.usage) yield { ...createChunk([]), usage: completion.usage };
}
