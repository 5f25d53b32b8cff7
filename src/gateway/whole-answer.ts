import type { ChatCompletion } from "../protocol/chat-completion.ts";
import { ProviderError } from "../providers/provider-error.ts";
import type { AnswerFormat } from "./answer-format.ts";
import type { Attempt } from "./attempt.ts";
import type { InferenceTrace } from "./inference-trace.ts";

/** Asks for an answer in one piece and holds it to the asked format. */
export async function askForWholeAnswer(options: {
  attempt: Attempt;
  trace: InferenceTrace;
  format: AnswerFormat | null;
}): Promise<ChatCompletion> {
  const { attempt, trace, format } = options;
  const { completion, facts } = await attempt.provider.complete(attempt.call);
  assertFormat(completion, format);
  attempt.succeed();
  trace.facts = facts;
  return completion;
}

/** A cut, refused or tool-calling answer is no broken one: its finish reason tells the client. */
export function assertFormat(completion: ChatCompletion, format: AnswerFormat | null): void {
  if (format === null) return;
  for (const { message, finish_reason: finishReason } of completion.choices) {
    if (finishReason !== "stop" || message.refusal) continue;
    const fault = format.findFault(message.content ?? "");
    if (fault !== null) throw new ProviderError(`The answer is ${fault}.`, { kind: "invalid_response" });
  }
}

/** Notes what the log and the shadows need of a whole answer. */
export function noteAnswer(trace: InferenceTrace, completion: ChatCompletion): void {
  const [choice] = completion.choices;
  trace.answer = choice?.message.content ?? null;
  trace.finishReason = choice?.finish_reason ?? null;
  trace.usage = completion.usage ?? null;
}
