import type { CallPriority } from "../../provider.ts";

export interface LineRequest {
  readonly priority: CallPriority;
  readonly signal: AbortSignal;
}

/** Who waits for something that is taken: primary work before shadow work, each kind in the order of its coming. */
export interface WaitingLine {
  /** Resolves with what `admit` gives when it is this one's turn; null keeps it waiting. Throws the signal's reason on abort. */
  wait<Place>(request: LineRequest, admit: () => Place | null): Promise<Place>;
  /** Lets the first in line try; false when nobody waits. */
  admitNext(): boolean;
}

interface Waiter {
  readonly priority: CallPriority;
  readonly tryToEnter: () => void;
}

export function createWaitingLine(): WaitingLine {
  const waiting: Waiter[] = [];

  return {
    wait<Place>({ priority, signal }: LineRequest, admit: () => Place | null): Promise<Place> {
      return new Promise<Place>((resolve, reject) => {
        const leave = () => {
          waiting.splice(waiting.indexOf(waiter), 1);
          signal.removeEventListener("abort", onAbort);
        };
        const onAbort = () => {
          leave();
          reject(signal.reason);
        };
        const waiter: Waiter = {
          priority,
          tryToEnter() {
            const place = admit();
            if (place === null) return;
            leave();
            resolve(place);
          },
        };
        signal.addEventListener("abort", onAbort, { once: true });
        waiting.push(waiter);
      });
    },
    admitNext() {
      const next = waiting.find(({ priority }) => priority === "primary") ?? waiting[0];
      next?.tryToEnter();
      return next !== undefined;
    },
  };
}
