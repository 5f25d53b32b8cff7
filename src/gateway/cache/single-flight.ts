/** How a leader's work ended for those who wait for it. */
type FlightEnd<Value> =
  | { readonly kind: "shared"; readonly value: Value }
  /** Failed, or nothing to share: everybody goes on alone. */
  | { readonly kind: "alone" }
  /** The leader left before the end: the next in line takes over. */
  | { readonly kind: "left" };

export type Seat<Value> =
  /** Does the work and must call `settle` in the end; later calls do nothing. */
  | { readonly role: "leader"; settle(end: FlightEnd<Value>): void }
  | { readonly role: "follower"; readonly value: Value }
  | { readonly role: "alone" };

interface WaitOptions {
  readonly signal: AbortSignal;
  /** Who has waited this long goes on alone. */
  readonly maxWaitMs: number;
}

export interface SingleFlight<Value> {
  /** Resolves at once for a leader, else when its work is over. Throws the signal's reason. */
  board(key: string, options: WaitOptions): Promise<Seat<Value>>;
}

type Flight<Value> = Promise<FlightEnd<Value>>;

/** Identical work at the same time is done once. */
export function createSingleFlight<Value>(): SingleFlight<Value> {
  const flights = new Map<string, Flight<Value>>();

  function lead(key: string): Seat<Value> {
    const { promise, resolve } = Promise.withResolvers<FlightEnd<Value>>();
    flights.set(key, promise);
    return {
      role: "leader",
      settle(end) {
        remove(key, promise);
        resolve(end);
      },
    };
  }

  function remove(key: string, flight: Flight<Value>): void {
    if (flights.get(key) === flight) flights.delete(key);
  }

  return {
    async board(key, options) {
      const deadline = performance.now() + options.maxWaitMs;
      for (;;) {
        options.signal.throwIfAborted();
        const flight = flights.get(key);
        if (flight === undefined) return lead(key);
        const end = await waitFor(flight, { ...options, maxWaitMs: deadline - performance.now() });
        if (end === "late") {
          // A leader that was never heard of again must not make everybody wait.
          remove(key, flight);
          return { role: "alone" };
        }
        if (end.kind === "shared") return { role: "follower", value: end.value };
        if (end.kind === "alone") return { role: "alone" };
      }
    },
  };
}

async function waitFor<Value>(
  flight: Flight<Value>,
  { signal, maxWaitMs }: WaitOptions,
): Promise<FlightEnd<Value> | "late"> {
  const { promise: interrupted, resolve, reject } = Promise.withResolvers<"late">();
  const onAbort = () => reject(signal.reason);
  const timer = setTimeout(() => resolve("late"), Math.max(0, maxWaitMs));
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([flight, interrupted]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}
