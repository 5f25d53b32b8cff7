import type { Route, Target } from "./route.ts";

export interface FallbackOptions {
  readonly route: Pick<Route, "targets" | "fallback">;
  readonly picked: Target;
  /** Whether the target's provider exists and is switched on. */
  readonly isUsable: (target: Target) => boolean;
  /** Targets that suit this request better, such as those that can see its image; they go first wherever they stand. */
  readonly isPreferred?: ((target: Target) => boolean) | undefined;
}

/** Targets in the order they are asked, each once: the picked one, then the route's fallback. Empty when none is usable. */
export function listFallbackOrder({ route, picked, isUsable, isPreferred }: FallbackOptions): Target[] {
  const named = route.fallback.flatMap((id) => route.targets.find((target) => target.id === id) ?? []);
  const order = [picked, ...named];
  const preferred = isPreferred === undefined ? [] : [...order, ...route.targets].filter(isPreferred);
  const byId = new Map([...preferred, ...order].map((target) => [target.id, target]));
  return [...byId.values()].filter(isUsable);
}
