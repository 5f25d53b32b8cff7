/** Answers that several instances share. Nothing here ever fails a request: what cannot be read is not there. */
export interface SharedAnswers {
  read(key: string): Promise<string | undefined>;
  /** Not waited for. */
  write(entry: { key: string; inferenceId: string; text: string; ttlMs: number }): void;
  /** Removes the inference's answer everywhere, at other instances too. False when that could not be done now. */
  forget(inferenceId: string): Promise<boolean>;
  /** Called with a key that an instance, this one too, has forgotten. */
  onForgotten(listener: (key: string) => void): void;
  state(): SharedState;
  close(): Promise<void>;
}

export interface SharedState {
  readonly state: "ready" | "away";
  /** One sentence for people. */
  readonly detail: string;
  /** Calls that failed so far. */
  readonly failures: number;
}
