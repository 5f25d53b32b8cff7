import { readIdTime } from "../id-range.ts";

/** What is to stay forgotten: a user, by the keyed hash of the sticky key, or one inference. */
export type ErasureSubject =
  | { readonly kind: "user"; readonly stickyKeyHash: string }
  | { readonly kind: "inference"; readonly inferenceId: string };

export interface Tombstone {
  readonly subject: string;
  /** Position in the order of erasures. */
  readonly sequence: number;
  /** Unix milliseconds. */
  readonly createdAt: number;
}

/** Whose a row, an answer or a sample is. */
export interface Origin {
  readonly inferenceId: string | null;
  readonly stickyKeyHash: string | null;
}

/** A copy of the tombstones in memory. */
export interface Tombstones {
  add(tombstones: readonly Tombstone[]): void;
  /**
   * True for what belongs to an erased inference, and for what belongs to a request that an erased user made before the
   * erasure. A request's time is in its inference's id.
   */
  covers(origin: Origin): boolean;
  /** The highest known; ask the table for what is above it. */
  readonly sequence: number;
}

/** A subject as the `tombstones` table and the audit name it: `user:<hash>` or `inference:<UUID>`. */
export function formatSubject(subject: ErasureSubject): string {
  return subject.kind === "user" ? `user:${subject.stickyKeyHash}` : `inference:${subject.inferenceId}`;
}

/** The inverse of `formatSubject`; null for what a later version wrote. */
export function parseSubject(text: string): ErasureSubject | null {
  const [kind, name] = text.split(":", 2);
  if (name === undefined) return null;
  if (kind === "user") return { kind, stickyKeyHash: name };
  return kind === "inference" ? { kind, inferenceId: name } : null;
}

export function createTombstones(): Tombstones {
  const inferences = new Set<string>();
  /** Until when what a user did is forgotten. */
  const users = new Map<string, number>();
  let sequence = 0;

  function coversUser({ stickyKeyHash, inferenceId }: Origin): boolean {
    const until = stickyKeyHash === null ? undefined : users.get(stickyKeyHash);
    if (until === undefined) return false;
    const time = inferenceId === null ? null : readIdTime(inferenceId);
    return time === null || time <= until;
  }

  return {
    add(tombstones) {
      for (const tombstone of tombstones) {
        sequence = Math.max(sequence, tombstone.sequence);
        const subject = parseSubject(tombstone.subject);
        if (subject?.kind === "inference") inferences.add(subject.inferenceId);
        if (subject?.kind === "user") users.set(subject.stickyKeyHash, tombstone.createdAt);
      }
    },
    covers: (origin) =>
      (origin.inferenceId !== null && inferences.has(origin.inferenceId)) || coversUser(origin),
    get sequence() {
      return sequence;
    },
  };
}
