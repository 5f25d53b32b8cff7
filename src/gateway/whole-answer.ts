import type { ChatCompletion } from "../protocol/chat-completion.ts";
import { findAnswerFault, repairSyntax } from "./answer-fault.ts";
import type { AnswerFormat } from "./answer-format.ts";
import type { Asked } from "./ask-targets.ts";
import type { Attempt } from "./attempt.ts";
import type { InferenceTrace } from "./inference-trace.ts";

/** Asks for an answer in one piece and holds it to the asked format. */
export async function askForWholeAnswer(options: {
  attempt: Attempt;
  trace: InferenceTrace;
  format: AnswerFormat | null;
}): Promise<Asked<ChatCompletion>> {
  const { attempt, trace, format } = options;
  const { completion, facts } = await attempt.provider.complete(attempt.call);
  const asked = judgeWhole(completion, format);
  if (asked.kind === "faulty") return asked;
  attempt.succeed();
  trace.facts = facts;
  return asked;
}

/** The answer, mended where that is enough, or what is wrong with it. */
export function judgeWhole(completion: ChatCompletion, format: AnswerFormat | null): Asked<ChatCompletion> {
  const fault = findAnswerFault(completion, format);
  if (fault === null || format === null) return { kind: "good", answer: completion };
  const repaired = repairSyntax(completion, format);
  return repaired === null ? { kind: "faulty", ...fault } : { kind: "good", answer: repaired };
}
