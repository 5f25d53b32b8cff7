import type { ErasureSubject } from "../../store/erasure/tombstones.ts";

/** Answers that several instances share. Nothing here ever fails a request: what cannot be read is not there. */
export interface SharedAnswers {
  read(key: string): Promise<string | undefined>;
  /** Not waited for. */
  write(entry: SharedEntry): void;
  /** Removes the subject's answers everywhere, at other instances too. False when that could not be done now. */
  forget(subject: ErasureSubject): Promise<boolean>;
  /** Called with a key that an instance, this one too, has forgotten. */
  onForgotten(listener: (key: string) => void): void;
  state(): SharedState;
  close(): Promise<void>;
}

interface SharedEntry {
  readonly key: string;
  readonly inferenceId: string;
  readonly stickyKeyHash: string | null;
  readonly text: string;
  readonly ttlMs: number;
}

export interface SharedState {
  readonly state: "ready" | "away";
  /** One sentence for people. */
  readonly detail: string;
  /** Calls that failed so far. */
  readonly failures: number;
}
