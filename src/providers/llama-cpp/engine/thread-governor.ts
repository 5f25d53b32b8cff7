export interface ThreadGovernor {
  /** Time of a decode, and how many tokens it had: it is compared with others of as many. Prompts tell nothing. */
  record(ms: number, tokens?: number): void;
  /** A decode that tells nothing about speed: only whether it is time to try the full count again is looked at. */
  tick(): void;
  readonly threads: number;
  /** Sets its count again, after somebody else's. */
  apply(): void;
  /** Decodes became many times slower since the last `reset`: the measured count may be wrong by now. */
  readonly hasJumped: boolean;
  /** Starts over with another full count. */
  reset(most: number): void;
}

export interface ThreadGovernorOptions {
  readonly most: number;
  readonly setThreads: (threads: number) => void;
  readonly now: () => number;
}

/** A decode this many times slower than the usual is a thread waiting for a core that something else has. */
const SLOW_FACTOR = 5;
/** Decodes of more tokens hold a prompt, or are too rare to know their usual time. */
const MOST_TOKENS = 32;
/** Below this a jump is noise. */
const LEAST_SLOW_MS = 20;
const SLOW_IN_A_ROW = 3;
const FIRST_PAUSE_MS = 10_000;
const MAX_PAUSE_MS = 300_000;
/** How fast the usual time follows slower decodes, such as those of longer contexts. */
const DRIFT = 1.002;

/**
 * Steps down to fewer threads while another process competes for the cores: decoding threads wait for each other, so
 * one that is preempted slows a token 30 to 60 times. Tries the full count again after a pause that doubles each time
 * it proves too much.
 */
export function createThreadGovernor(options: ThreadGovernorOptions): ThreadGovernor {
  const { setThreads, now } = options;
  let { most } = options;
  let threads = most;
  /** By the number of tokens. */
  const usualMs = new Float64Array(MOST_TOKENS + 1).fill(Number.POSITIVE_INFINITY);
  let slowInARow = 0;
  let pauseMs = FIRST_PAUSE_MS;
  let retryAt = 0;
  let hasJumped = false;

  function change(next: number): void {
    threads = next;
    slowInARow = 0;
    // Fewer threads have another usual time.
    usualMs.fill(Number.POSITIVE_INFINITY);
    setThreads(next);
  }

  /** True when the pause is over and the full count is tried again. */
  function tryAgain(): boolean {
    if (threads >= most || now() < retryAt) return false;
    change(most);
    return true;
  }

  return {
    get threads() {
      return threads;
    },
    apply: () => setThreads(threads),
    get hasJumped() {
      return hasJumped;
    },
    reset(next) {
      most = next;
      hasJumped = false;
      pauseMs = FIRST_PAUSE_MS;
      change(next);
    },
    tick: () => void tryAgain(),
    record(ms, tokens = 1) {
      const usual = usualMs[tokens];
      if (tryAgain() || usual === undefined) return;
      const isSlow = ms > Math.max(usual * SLOW_FACTOR, LEAST_SLOW_MS);
      slowInARow = isSlow ? slowInARow + 1 : 0;
      usualMs[tokens] = Math.min(ms, usual * DRIFT);
      if (slowInARow < SLOW_IN_A_ROW) return;
      hasJumped = true;
      if (threads === 1) return;
      retryAt = now() + pauseMs;
      pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS);
      change(Math.ceil(threads / 2));
    },
  };
}
