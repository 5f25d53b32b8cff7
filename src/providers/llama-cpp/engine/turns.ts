type Priority = "primary" | "shadow";

/** One at a time, primary work first, each kind in the order of its coming. */
export interface Turns {
  /** Resolves with how to end the turn; throws the signal's reason on abort. */
  take(request: { readonly priority: Priority; readonly signal: AbortSignal }): Promise<() => void>;
}

interface Waiter {
  readonly priority: Priority;
  readonly admit: () => void;
}

export function createTurns(): Turns {
  const waiting: Waiter[] = [];
  let isTaken = false;

  function end(): void {
    const next = waiting.find(({ priority }) => priority === "primary") ?? waiting[0];
    if (next === undefined) isTaken = false;
    else next.admit();
  }

  return {
    async take({ priority, signal }) {
      signal.throwIfAborted();
      if (!isTaken) {
        isTaken = true;
        return end;
      }
      return await new Promise((resolve, reject) => {
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
          admit: () => {
            leave();
            resolve(end);
          },
        };
        signal.addEventListener("abort", onAbort, { once: true });
        waiting.push(waiter);
      });
    },
  };
}
