import type { Dispatcher } from "undici";

/** What is left of the upstream's allowance, in its own words. */
export function pickRateLimits({
  headers,
}: Pick<Dispatcher.ResponseData, "headers">): Record<string, string> | undefined {
  const limits = Object.entries(headers).flatMap(([name, value]) =>
    name.startsWith("x-ratelimit-") && typeof value === "string" ? [[name, value] as const] : [],
  );
  return limits.length === 0 ? undefined : Object.fromEntries(limits);
}
