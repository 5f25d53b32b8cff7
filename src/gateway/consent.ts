import type { Consent } from "./inference-trace.ts";

const LEVELS: readonly Consent[] = ["none", "log", "train"];

export interface ConsentSources {
  readonly route: Consent;
  /** What the caller's key allows; undefined when it says nothing. */
  readonly key: Consent | undefined;
  /** Value of `x-tailor-no-log`. */
  readonly noLogHeader: string | undefined;
  /** The request's `store` field. */
  readonly store: boolean | null | undefined;
}

/** The lowest of all that have a say: nobody but the route can raise what may be kept. */
export function pickConsent({ route, key, noLogHeader, store }: ConsentSources): Consent {
  if (refusesToBeKept({ key, noLogHeader, store })) return "none";
  if (key === undefined) return route;
  return LEVELS[Math.min(LEVELS.indexOf(route), LEVELS.indexOf(key))] ?? "none";
}

/** True when the caller, not the route, wants nothing of the contents kept. */
export function refusesToBeKept({ key, noLogHeader, store }: Omit<ConsentSources, "route">): boolean {
  return key === "none" || store === false || isSet(noLogHeader);
}

function isSet(header: string | undefined): boolean {
  return header !== undefined && !["", "0", "false", "no"].includes(header.trim().toLowerCase());
}
