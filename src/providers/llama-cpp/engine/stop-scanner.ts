export interface StopScanner {
  /** Text that is safe to show, and whether a stop text was met (nothing after it is shown). */
  push(text: string): { readonly text: string; readonly isStopped: boolean };
  /** Text held back because it might have become a stop text. */
  flush(): string;
}

/** Cuts text before the first of `stops`, also when it arrives in pieces. */
export function createStopScanner(stops: readonly string[]): StopScanner {
  let held = "";
  return {
    push(text) {
      held += text;
      const hits = stops.map((stop) => held.indexOf(stop)).filter((index) => index >= 0);
      if (hits.length > 0) {
        const shown = held.slice(0, Math.min(...hits));
        held = "";
        return { text: shown, isStopped: true };
      }
      const keep = Math.max(0, ...stops.map((stop) => measureOverlap(held, stop)));
      const shown = held.slice(0, held.length - keep);
      held = held.slice(held.length - keep);
      return { text: shown, isStopped: false };
    },
    flush() {
      const rest = held;
      held = "";
      return rest;
    },
  };
}

/** Length of the longest end of `text` that begins `stop`. */
function measureOverlap(text: string, stop: string): number {
  for (let length = Math.min(text.length, stop.length - 1); length > 0; length--) {
    if (stop.startsWith(text.slice(text.length - length))) return length;
  }
  return 0;
}
