/** When a target that keeps failing is left alone, and for how long. */
export interface CircuitLimits {
  /** Failures in a row that open the circuit. */
  readonly failures: number;
  /** Share of failed calls in the window that opens it, once `minCalls` are in it. */
  readonly failurePercent: number;
  readonly minCalls: number;
  readonly windowMs: number;
  /** From opening to the first probe, and from one probe to the next. */
  readonly openMs: number;
}

export const defaultCircuitLimits: CircuitLimits = {
  failures: 5,
  failurePercent: 50,
  minCalls: 20,
  windowMs: 30_000,
  openMs: 5_000,
};

type CircuitState = "closed" | "open" | "half-open";

export interface CircuitBreaker {
  state(): CircuitState;
  /** 0 when the call may go on, as a probe where the circuit is open; else the milliseconds to the next probe. */
  enter(): number;
  noteSuccess(): void;
  noteFailure(): void;
}

interface Outcome {
  readonly at: number;
  readonly isFailure: boolean;
}

/** Most outcomes looked at, whatever the traffic: older ones say little about now. */
const MAX_OUTCOMES = 256;

export function createCircuitBreaker(limits: CircuitLimits, now: () => number): CircuitBreaker {
  let outcomes: Outcome[] = [];
  let failuresInRow = 0;
  /** Null while closed; else when the next probe may go. */
  let nextProbeAt: number | null = null;
  let isProbing = false;

  function note(isFailure: boolean): void {
    outcomes.push({ at: now(), isFailure });
    if (outcomes.length > MAX_OUTCOMES) outcomes.shift();
    failuresInRow = isFailure ? failuresInRow + 1 : 0;
  }

  function isTooBad(): boolean {
    if (failuresInRow >= limits.failures) return true;
    const from = now() - limits.windowMs;
    const recent = outcomes.filter(({ at }) => at > from);
    const failed = recent.filter(({ isFailure }) => isFailure).length;
    return recent.length >= limits.minCalls && failed * 100 >= recent.length * limits.failurePercent;
  }

  return {
    state: () => {
      if (nextProbeAt === null) return "closed";
      return isProbing || now() >= nextProbeAt ? "half-open" : "open";
    },
    enter() {
      if (nextProbeAt === null) return 0;
      const waitMs = nextProbeAt - now();
      if (waitMs > 0) return waitMs;
      isProbing = true;
      nextProbeAt = now() + limits.openMs;
      return 0;
    },
    noteSuccess() {
      if (nextProbeAt !== null) outcomes = [];
      nextProbeAt = null;
      isProbing = false;
      note(false);
    },
    noteFailure() {
      note(true);
      // A call from before the opening says nothing new; one that was let in as the probe does.
      const isNews = nextProbeAt === null ? isTooBad() : isProbing;
      if (!isNews) return;
      isProbing = false;
      nextProbeAt = now() + limits.openMs;
    },
  };
}
