import { computeBucket } from "./bucket.ts";
import { pickTarget } from "./pick-target.ts";
import type { Route, Target } from "./route.ts";
import { hashStickyKey, pickStickyKey, type StickyKeyInput } from "./sticky-key.ts";

export interface Placement {
  /** 0 to 999,999. */
  readonly bucket: number;
  /** For the log; null when the request names nobody. */
  readonly stickyKeyHash: string | null;
  /** The target the bucket falls to. */
  readonly picked: Target;
}

export interface PlaceOptions extends StickyKeyInput {
  readonly route: Route;
  /** Stands in for a user where none is named or the route is not sticky. */
  readonly requestId: string;
  /** Keys the stored hash. */
  readonly secret: string;
}

/** Which bucket and target of its route a request falls to. */
export function placeRequest({ route, requestId, secret, ...named }: PlaceOptions): Placement {
  const key = pickStickyKey(named);
  const bucket = computeBucket({ scope: route.name, key: (route.sticky ? key : null) ?? requestId });
  return {
    bucket,
    stickyKeyHash: key === null ? null : hashStickyKey(key, secret),
    picked: pickTarget(route, bucket),
  };
}
