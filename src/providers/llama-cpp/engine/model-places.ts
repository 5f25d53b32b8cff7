import type { CallPriority } from "../../provider.ts";
import { SHADOW_PREEMPTED } from "../../provider-error.ts";
import type { EngineModel } from "../engine-messages.ts";
import { EngineError } from "./engine-error.ts";

/** Who uses a model. */
export interface Borrower {
  readonly priority: CallPriority;
  readonly signal: AbortSignal;
  /** A primary call needs the room of this shadow's model: it is to end with `error` and give the model back. */
  readonly onPreempt?: (error: EngineError) => void;
}

/** A model that is loaded, or is going to be. */
export interface Place<Loaded> {
  readonly spec: EngineModel;
  readonly loading: Promise<Loaded>;
  readonly borrowers: Set<Borrower>;
  isLoaded: boolean;
  /** A primary call has asked for it: it is not put away for a shadow's model. */
  servesPrimaries: boolean;
  lastUsedAt: number;
  /** What it takes, known once its file was looked at. Weights count once for all places on the same file. */
  cost: { readonly base: string; readonly weightBytes: number; readonly contextBytes: number } | null;
  /** Set while somebody waits for the last borrower to leave. */
  onIdle: (() => void) | null;
}

type Use = Pick<Place<unknown>, "borrowers" | "servesPrimaries" | "lastUsedAt">;

/** One that only shadows use before one that primaries do, an idle one before a busy one, then the one used longest ago. */
export function pickVictim<Candidate extends Use>(candidates: readonly Candidate[]): Candidate | undefined {
  const rank = ({ servesPrimaries, borrowers }: Use) =>
    (servesPrimaries ? 2 : 0) + (borrowers.size > 0 ? 1 : 0);
  return candidates.toSorted((one, other) => rank(one) - rank(other) || one.lastUsedAt - other.lastUsedAt)[0];
}

export function preemptShadows({ borrowers }: Pick<Use, "borrowers">): void {
  const message = "A client's request needed the room of this shadow call's model in the local engine.";
  const error = new EngineError({ kind: "overloaded", code: SHADOW_PREEMPTED, message });
  for (const { priority, onPreempt } of [...borrowers]) if (priority === "shadow") onPreempt?.(error);
}

export function measureBytes(places: Iterable<Pick<Place<unknown>, "cost">>): number {
  const weights = new Map<string, number>();
  let bytes = 0;
  for (const { cost } of places) {
    if (cost === null) continue;
    weights.set(cost.base, cost.weightBytes);
    bytes += cost.contextBytes;
  }
  return [...weights.values()].reduce((sum, weight) => sum + weight, bytes);
}
