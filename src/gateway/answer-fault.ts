import { jsonrepair } from "jsonrepair";
import type { ChatCompletion, Choice } from "../protocol/chat-completion.ts";
import type { ChatCompletionRequest } from "../protocol/chat-request.ts";
import { ProviderError } from "../providers/provider-error.ts";
import type { AnswerFormat } from "./answer-format.ts";

/** What is wrong with an answer, and the text that has it. Kept out of errors: the text may be anybody's. */
export interface AnswerFault {
  readonly fault: string;
  /** Null when only the fault is known. */
  readonly content: string | null;
}

/** Repairing is for slips in an answer of usual size. */
const MAX_REPAIR_CHARACTERS = 512 * 1024;

/** The first choice that does not hold to the format. A cut, refused or tool-calling one is none: its finish reason tells. */
export function findAnswerFault(completion: ChatCompletion, format: AnswerFormat | null): AnswerFault | null {
  if (format === null) return null;
  for (const choice of completion.choices) {
    const fault = findChoiceFault(choice, format);
    if (fault !== null) return { fault, content: choice.message.content ?? "" };
  }
  return null;
}

function findChoiceFault({ message, finish_reason: end }: Choice, format: AnswerFormat): string | null {
  return end !== "stop" || message.refusal ? null : format.findFault(message.content ?? "");
}

/** The answer with slips of its JSON mended (fences, quotes, commas); null when it does not hold to the format even so. */
export function repairSyntax(completion: ChatCompletion, format: AnswerFormat): ChatCompletion | null {
  const choices = completion.choices.map((choice) =>
    findChoiceFault(choice, format) === null ? choice : repairChoice(choice, format),
  );
  const whole = choices.filter((choice) => choice !== null);
  return whole.length === choices.length ? { ...completion, choices: whole } : null;
}

function repairChoice(choice: Choice, format: AnswerFormat): Choice | null {
  const { content } = choice.message;
  if (content === null || content.length > MAX_REPAIR_CHARACTERS) return null;
  try {
    const repaired = jsonrepair(content);
    // Token probabilities belong to the text as it was written.
    const mended = { ...choice, message: { ...choice.message, content: repaired }, logprobs: null };
    return format.findFault(repaired) === null ? mended : null;
  } catch {
    return null;
  }
}

/** The request once more, with the answer that was wrong and what was wrong with it. */
export function createRepairRequest(
  request: ChatCompletionRequest,
  { fault, content }: AnswerFault,
): ChatCompletionRequest {
  const correction = `That answer is not in the asked form (${fault}). Answer again with nothing but the JSON that was asked for.`;
  return {
    ...request,
    messages: [
      ...request.messages,
      ...(content === null ? [] : [{ role: "assistant" as const, content }]),
      { role: "user", content: correction },
    ],
  };
}

export function createFaultError({ fault }: Pick<AnswerFault, "fault">): ProviderError {
  return new ProviderError(`The answer is not in the asked form (${fault}).`, { kind: "invalid_response" });
}
