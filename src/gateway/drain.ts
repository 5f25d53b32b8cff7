import type { Gateway } from "./app.ts";
import type { SharedAnswers } from "./cache/shared-answers.ts";
import type { HttpServer } from "./listen.ts";

export interface DrainOptions {
  readonly gateway: Pick<Gateway, "startDraining" | "idle">;
  readonly server: HttpServer;
  readonly shadow: { drain(deadlineMs: number): Promise<boolean>; close(): Promise<void> };
  readonly sharedAnswers?: Pick<SharedAnswers, "close"> | undefined;
  /** Ends before the store does. */
  readonly retention?: { stop(): Promise<void> } | undefined;
  readonly store: { close(deadlineMs?: number): Promise<void> };
  readonly providers: Iterable<{ close(deadlineMs?: number): Promise<void> }>;
  /** How long requests under way may still take. */
  readonly deadlineMs: number;
  readonly now: () => number;
}

/** After the deadline, work that was cut needs a moment to notice. */
const SETTLE_MS = 2000;
const SHADOW_MS = 5000;
const PROVIDER_MS = 1000;

/**
 * Stops in the order that loses nothing: no new requests, let those under way end (streams too), hand every row to
 * the log, let shadows end, commit the log, then free the models. Rejects when rows could not be committed.
 */
export async function drainGateway(options: DrainOptions): Promise<void> {
  const { gateway, server, shadow, sharedAnswers, retention, store, providers, deadlineMs, now } = options;
  const startedAt = now();
  gateway.startDraining();
  await server.close({ deadlineMs });
  await within(gateway.idle(), SETTLE_MS);
  const leftMs = Math.max(0, deadlineMs - (now() - startedAt));
  await shadow.drain(Math.min(leftMs, SHADOW_MS));
  await shadow.close();
  const freed = Promise.all(Array.from(providers, (provider) => provider.close(PROVIDER_MS)));
  await sharedAnswers?.close();
  await retention?.stop();
  await store.close();
  await freed;
}

async function within(work: Promise<void>, timeoutMs: number): Promise<void> {
  const { promise: late, resolve: giveUp } = Promise.withResolvers<void>();
  const timer = setTimeout(giveUp, timeoutMs);
  await Promise.race([work, late]);
  clearTimeout(timer);
}
