import type { ChatCompletionChunk } from "../../../protocol/chat-chunk.ts";

export interface FinishTracker {
  note(chunk: ChatCompletionChunk): void;
  /**
   * Whether all that was asked for has come. At a `[DONE]` mark the choices that began must be finished; without the
   * mark every asked choice must be, because a cut between two choices looks like an end.
   */
  isWhole(end: { isMarked: boolean }): boolean;
}

export function createFinishTracker(askedChoices: number): FinishTracker {
  const begun = new Set<number>();
  const finished = new Set<number>();
  return {
    note({ choices }) {
      for (const choice of choices) {
        begun.add(choice.index);
        if (choice.finish_reason) finished.add(choice.index);
      }
    },
    isWhole: ({ isMarked }) =>
      finished.size > 0 && finished.size === begun.size && (isMarked || finished.size >= askedChoices),
  };
}
