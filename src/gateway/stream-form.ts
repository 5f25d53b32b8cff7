import type { ChatCompletionChunk } from "../protocol/chat-chunk.ts";
import type { ErrorEnvelope } from "../protocol/openai-error.ts";
import { encodeSseError, encodeSseEvent, SSE_DONE } from "../protocol/sse.ts";

/** How one endpoint writes a chat answer's chunks as an event stream. One for each stream: it may remember. */
export interface StreamForm {
  /** Text for one chunk; empty when it means nothing there. */
  encode(chunk: ChatCompletionChunk): string;
  /** Text behind the last chunk of an answer that ended well. */
  finish(): string;
  /** Text in place of the rest of an answer that broke. */
  fail(envelope: ErrorEnvelope): string;
}

export const chatStreamForm: StreamForm = {
  encode: encodeSseEvent,
  finish: () => SSE_DONE,
  fail: encodeSseError,
};
