import type { ProviderHealth } from "../provider.ts";
import { ProviderError } from "../provider-error.ts";

/** Connection failures in a row after which the provider calls itself degraded. */
const DEGRADED_AFTER = 3;

export interface ConnectionHealth {
  /** The upstream answered to the end, be it with an error. */
  noteAnswer(): void;
  /** Counts it when the upstream could not be reached or cut its answer; other errors are answers. */
  noteFailure(error: unknown): void;
  noteClosed(): void;
  read(): ProviderHealth;
}

export function createConnectionHealth(): ConnectionHealth {
  let failures = 0;
  let isClosed = false;
  return {
    noteAnswer: () => {
      failures = 0;
    },
    noteFailure: (error) => {
      if (error instanceof ProviderError && error.kind === "unavailable") failures += 1;
    },
    noteClosed: () => {
      isClosed = true;
    },
    read: () => {
      if (isClosed) return { state: "failed", detail: "Closed." };
      if (failures < DEGRADED_AFTER) return { state: "ready", detail: "Takes requests." };
      return { state: "degraded", detail: `${failures} connection failures in a row.` };
    },
  };
}
