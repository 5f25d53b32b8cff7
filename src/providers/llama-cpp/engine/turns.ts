import { createWaitingLine, type LineRequest } from "./waiting-line.ts";

/** One at a time, in the order of a waiting line. */
export interface Turns {
  /** Resolves with how to end the turn; throws the signal's reason on abort. */
  take(request: LineRequest): Promise<() => void>;
}

export function createTurns(): Turns {
  const line = createWaitingLine();
  let isTaken = false;

  /** The next one's turn begins as this one ends. */
  function end(): void {
    isTaken = line.admitNext();
  }

  return {
    async take(request) {
      request.signal.throwIfAborted();
      if (isTaken) return await line.wait(request, () => end);
      isTaken = true;
      return end;
    },
  };
}
