import { createHash } from "node:crypto";

/** Buckets a route's traffic is dealt into: one is a ten-thousandth of a percent. */
export const BUCKET_COUNT = 1_000_000;
const BUCKETS_PER_PERCENT = BUCKET_COUNT / 100;

/**
 * Where a key falls among a route's buckets, 0 to 999,999: the same for the same key always and everywhere. The route
 * name takes part, so that being early in one rollout says nothing about the next.
 */
export function computeBucket({ scope, key }: { scope: string; key: string }): number {
  const digest = createHash("sha256").update(scope).update("\0").update(key).digest();
  // 48 bits over a million buckets: the remainder's bias is below one in a hundred million.
  return digest.readUIntBE(0, 6) % BUCKET_COUNT;
}

/** Whether a bucket lies in the first `percent` of all: raising the percent only ever adds buckets. */
export function isBucketWithin(bucket: number, percent: number): boolean {
  return bucket < Math.round(percent * BUCKETS_PER_PERCENT);
}
