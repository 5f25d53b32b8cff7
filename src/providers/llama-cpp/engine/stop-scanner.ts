import { measureOverlap } from "../mark-overlap.ts";

export interface StopScanner {
  /** Text that is safe to show, and whether a stop text was met (nothing after it is shown). */
  push(text: string): { readonly text: string; readonly isStopped: boolean };
  /** Text held back because it might have become a stop text. */
  flush(): string;
}

/**
 * Cuts text before the first of `stops`, also when it arrives in pieces. From where the text says `before`, stops no
 * longer count.
 */
export function createStopScanner(stops: readonly string[], before?: string): StopScanner {
  const marks = before === undefined ? stops : [...stops, before];
  let held = "";
  let isOff = stops.length === 0;

  function takeAll(): string {
    const all = held;
    held = "";
    return all;
  }

  return {
    push(text) {
      held += text;
      if (isOff) return { text: takeAll(), isStopped: false };
      const hits = stops.map((stop) => held.indexOf(stop)).filter((index) => index >= 0);
      const off = before === undefined ? -1 : held.indexOf(before);
      if (off >= 0 && hits.every((hit) => hit > off)) {
        isOff = true;
        return { text: takeAll(), isStopped: false };
      }
      if (hits.length > 0) {
        const shown = held.slice(0, Math.min(...hits));
        held = "";
        return { text: shown, isStopped: true };
      }
      const keep = Math.max(0, ...marks.map((mark) => measureOverlap(held, mark)));
      const shown = held.slice(0, held.length - keep);
      held = held.slice(held.length - keep);
      return { text: shown, isStopped: false };
    },
    flush: takeAll,
  };
}
