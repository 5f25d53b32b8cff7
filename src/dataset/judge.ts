import type { Brief } from "../style/brief.ts";

/**
 * The hard checks on an answer's text, in their order; checks that have nothing to say are left out or pass.
 * Handed in, so that mining and validation follow whatever the checks are.
 */
export type AnswerJudge = (
  text: string,
  brief: Brief,
) => readonly { readonly name: string; readonly ok: boolean }[];

/** Names of the checks that an answer fails. */
export function listFailures(
  judge: AnswerJudge,
  answer: { readonly text: string; readonly brief: Brief },
): string[] {
  return judge(answer.text, answer.brief)
    .filter((verdict) => !verdict.ok)
    .map((verdict) => verdict.name);
}
