import type { ChatCompletionRequest } from "../protocol/chat-request.ts";
import type { AnswerFormat } from "./answer-format.ts";

/** Whether a text of the caller's may end the answer before it is whole. */
export function namesStop({ stop }: ChatCompletionRequest): boolean {
  return [stop].flat().some(Boolean);
}

/**
 * The form for an answer that a stop text may have cut. Providers say "stop" for both ends, so a text that is no JSON
 * counts as cut: mended it would hold what the model never wrote. A whole one is held to the form as ever.
 */
export function allowCutText(format: AnswerFormat): AnswerFormat {
  return {
    isChecked: format.isChecked,
    findFault: (content) => (isJson(content) ? format.findFault(content) : null),
  };
}

function isJson(content: string): boolean {
  try {
    JSON.parse(content);
    return true;
  } catch {
    return false;
  }
}
