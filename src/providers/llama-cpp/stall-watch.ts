/** Tells whether an engine hangs, from what it says. All times are in milliseconds of the same clock. */
export interface StallWatch {
  /** A fresh engine runs. */
  restart(): void;
  /** A prompt was accepted, or a load got on. */
  noteProgress(): void;
  /** The engine's event loop turns; `decodes` only grows while it decodes. */
  notePulse(decodes: number): void;
  /** To be asked again and again: an engine without work is not waited for. */
  isStalled(work: EngineWork): boolean;
}

export interface EngineWork {
  readonly jobs: number;
  /** A model is being loaded: on the engine's one pool thread, so that decodes wait for it. */
  readonly isLoading: boolean;
  /** No decode of this engine takes long. */
  readonly isQuick: boolean;
}

export interface StallLimits {
  /** How long an engine with jobs may decode nothing, and one with any work say nothing; null = default. */
  readonly stallMs: number | null;
  /** How long a load may get no further. */
  readonly loadStallMs: number;
}

const CPU_STALL_MS = 45_000;
/** An accelerator may compile its kernels for minutes at the first decode; a long input's vector is made in one piece. */
const PATIENT_STALL_MS = 300_000;

export function createStallWatch({
  stallMs,
  loadStallMs,
  now,
}: StallLimits & { readonly now: () => number }): StallWatch {
  let decodes = 0;
  let progressAt = now();
  let pulseAt = now();

  return {
    restart() {
      progressAt = now();
      pulseAt = now();
    },
    noteProgress() {
      progressAt = now();
    },
    notePulse(next) {
      pulseAt = now();
      if (next !== decodes) progressAt = now();
      decodes = next;
    },
    isStalled({ jobs, isLoading, isQuick }) {
      if (jobs === 0 && !isLoading) {
        progressAt = now();
        return false;
      }
      const limitMs = stallMs ?? (isQuick ? CPU_STALL_MS : PATIENT_STALL_MS);
      // The event loop turns while the pool thread loads.
      if (now() - pulseAt > limitMs) return true;
      return now() - progressAt > (isLoading ? loadStallMs : limitMs);
    },
  };
}
