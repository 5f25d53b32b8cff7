import type { GatewayLogger } from "../gateway/gateway-logger.ts";
import type { Retention } from "../store/retention/drop-expired.ts";
import {
  createRetentionCounts,
  listRetentionRules,
  RETAINED_TABLES,
  type RetentionPolicy,
} from "../store/retention/retention-policy.ts";

export interface RetentionSchedule {
  /** By metric name, since the start; empty when nothing ever expires. */
  gauges(): Readonly<Record<string, number>>;
  /** Resolves when nothing runs any more. */
  stop(): Promise<void>;
}

export interface RetentionScheduleOptions {
  readonly retention: Pick<Retention, "drop">;
  readonly policy: RetentionPolicy;
  readonly everyMs: number;
  readonly random: () => number;
  readonly now: () => number;
  readonly logger: Pick<GatewayLogger, "info" | "warn">;
}

/** Drops what has expired now and then. Instances that started together do not come at the same moment. */
export function startRetentionSchedule(options: RetentionScheduleOptions): RetentionSchedule {
  const { retention, policy, everyMs, random, now, logger } = options;
  const isIdle = listRetentionRules(policy, now()).length === 0;
  const stopping = new AbortController();
  const dropped = createRetentionCounts();
  let runs = 0;
  let failures = 0;
  let running = Promise.resolve();
  let timer: NodeJS.Timeout | null = null;

  async function run(): Promise<void> {
    try {
      const counts = await retention.drop({ policy, signal: stopping.signal });
      runs += 1;
      if (counts === null) return;
      for (const table of RETAINED_TABLES) dropped[table] += counts[table];
      logger.info({ dropped: counts }, "expired rows dropped");
    } catch (error) {
      failures += 1;
      logger.warn({ error: error instanceof Error ? error.name : "unknown" }, "expired rows stay for now");
    }
  }

  function plan(delayMs: number): void {
    timer = setTimeout(() => {
      running = run().then(() => {
        if (!stopping.signal.aborted) plan(everyMs * (0.9 + 0.2 * random()));
      });
    }, delayMs);
    timer.unref();
  }

  if (!isIdle) plan(everyMs * 0.1 * random());
  return {
    gauges: () =>
      isIdle
        ? {}
        : {
            retention_runs: runs,
            retention_failures: failures,
            ...Object.fromEntries(
              RETAINED_TABLES.map((table) => [`retention_dropped_${table}`, dropped[table]]),
            ),
          },
    async stop() {
      stopping.abort();
      if (timer !== null) clearTimeout(timer);
      await running;
    },
  };
}
