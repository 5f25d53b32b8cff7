import type { ChatCompletion, Choice } from "./chat-completion.ts";

/** A choice as it is logged: as OpenAI writes it, without log probabilities. */
export type AnsweredChoice = Omit<Choice, "logprobs">;

/** All choices of an answer that is more than one text: tool calls, a refusal, several choices. Null for one text. */
export function listChoices({ choices }: ChatCompletion): readonly AnsweredChoice[] | null {
  const isText = choices.length === 1 && choices.every(({ message }) => !holdsMore(message));
  return isText ? null : choices.map(({ logprobs: _, ...choice }) => choice);
}

/** Whether a message, or a piece of one, says anything that is not its text. */
export function holdsMore(message: {
  readonly tool_calls?: readonly unknown[] | null | undefined;
  readonly function_call?: object | null | undefined;
  readonly refusal?: string | null | undefined;
}): boolean {
  return (message.tool_calls?.length ?? 0) > 0 || Boolean(message.function_call) || Boolean(message.refusal);
}
