import { computeBucket, isBucketWithin } from "../routing/bucket.ts";
import type { Route, ShadowRule } from "../routing/route.ts";

export interface ShadowQuestion {
  readonly route: Pick<Route, "name" | "shadow">;
  readonly inferenceId: string;
  /** Target that answered; null when none did: then every rule may ask its own. */
  readonly answeredBy: string | null;
}

/**
 * The rules that this inference falls under: those whose target is not the one that answered, so with a rule for each
 * target the one that did not answer is asked, whichever it was. By hash, so the choice can be repeated from the log.
 */
export function pickShadowRules({ route, inferenceId, answeredBy }: ShadowQuestion): ShadowRule[] {
  return route.shadow.filter(({ target, percent }) => {
    if (target === answeredBy) return false;
    const scope = `shadow:${route.name}:${target}`;
    return isBucketWithin(computeBucket({ scope, key: inferenceId }), percent);
  });
}
