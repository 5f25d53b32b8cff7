import type { ProviderHealth } from "../../provider.ts";
import { ProviderError } from "../../provider-error.ts";

/** Connection failures in a row after which the provider calls itself degraded. */
const DEGRADED_AFTER = 3;
/** Models named in the health sentence. */
const MAX_NAMED = 5;

export interface ConnectionHealth {
  /** The upstream answered to the end, be it with an error. */
  noteAnswer(): void;
  /** Counts it when the upstream could not be reached or cut its answer; other errors are answers. */
  noteFailure(error: unknown): void;
  noteClosed(): void;
  /** `open`: models whose circuit is not closed. */
  read(open: readonly string[]): ProviderHealth;
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
    read: (open) => {
      if (isClosed) return { state: "failed", detail: "Closed." };
      if (open.length > 0) return { state: "degraded", detail: describeOpen(open) };
      if (failures < DEGRADED_AFTER) return { state: "ready", detail: "Takes requests." };
      return { state: "degraded", detail: `${failures} connection failures in a row.` };
    },
  };
}

function describeOpen(open: readonly string[]): string {
  const names = open.slice(0, MAX_NAMED).join(", ");
  const rest = open.length > MAX_NAMED ? ` and ${open.length - MAX_NAMED} more` : "";
  return `Circuit open after failures: ${names}${rest}.`;
}
