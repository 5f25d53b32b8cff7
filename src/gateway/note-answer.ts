import type { ChatCompletionChunk } from "../protocol/chat-chunk.ts";
import type { ChatCompletion } from "../protocol/chat-completion.ts";
import { collectCompletion } from "../protocol/collect-completion.ts";
import { holdsMore, listChoices } from "../protocol/list-choices.ts";
import type { InferenceTrace } from "./inference-trace.ts";

/** Notes what the log and the shadows need of a whole answer. */
export function noteAnswer(trace: InferenceTrace, completion: ChatCompletion): void {
  const [choice] = completion.choices;
  trace.answer = choice?.message.content ?? null;
  trace.choices = listChoices(completion);
  trace.finishReason = choice?.finish_reason ?? null;
  trace.usage = completion.usage ?? null;
}

/** Notes the same of a streamed answer, piece by piece. */
export interface StreamNotes {
  add(chunk: ChatCompletionChunk): void;
  /** To be called when the last piece is noted. Of an answer that was cut only the text is kept. */
  end(): void;
}

export function createStreamNotes(trace: InferenceTrace): StreamNotes {
  trace.answer = null;
  /** From the first piece on that is more than the first choice's text: most answers have none. */
  let kept: ChatCompletionChunk[] | null = null;

  return {
    add(chunk) {
      if (chunk.usage) trace.usage = chunk.usage;
      if (kept === null && chunk.choices.some(({ index, delta }) => index !== 0 || holdsMore(delta))) {
        kept = trace.answer === null ? [] : [createTextChunk(chunk, trace.answer)];
      }
      kept?.push(chunk);
      for (const { index, delta, finish_reason: finishReason } of chunk.choices) {
        if (index !== 0) continue;
        if (delta.content) trace.answer = (trace.answer ?? "") + delta.content;
        if (finishReason) trace.finishReason = finishReason;
      }
    },
    end() {
      const completion = kept === null ? null : collectCompletion(kept);
      trace.choices = completion === null ? null : listChoices(completion);
    },
  };
}

function createTextChunk(like: ChatCompletionChunk, content: string): ChatCompletionChunk {
  return { ...like, choices: [{ index: 0, delta: { content }, finish_reason: null }] };
}
