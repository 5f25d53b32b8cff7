import { Redis } from "ioredis";
import type { SharedAnswers } from "./shared-answers.ts";

export interface RedisAnswersOptions {
  readonly url: string;
  /** Begins every key; the number after it changes with the form of what is stored. */
  readonly prefix?: string;
  /** Longest wait for one command: a slow cache is worse than none. */
  readonly commandTimeoutMs?: number;
  readonly now?: () => number;
}

/** After so many failures in a row Redis is left alone for a while, else every request would wait for it in vain. */
const FAILURES_TO_PAUSE = 3;
const PAUSE_MS = 2000;
const MAX_RECONNECT_MS = 5000;

/** The shared cache in Redis: answers under their key, and the key under the inference, both with the same life. */
export function createRedisAnswers(options: RedisAnswersOptions): SharedAnswers {
  const { prefix = "tailor:cache:1:", commandTimeoutMs = 100, now = Date.now } = options;
  const redis = new Redis(options.url, {
    commandTimeout: commandTimeoutMs,
    connectTimeout: 2000,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => Math.min(attempt * 200, MAX_RECONNECT_MS),
  });
  const subscriber = redis.duplicate({ commandTimeout: undefined, enableOfflineQueue: true });
  const channel = `${prefix}forgotten`;
  const listeners: ((key: string) => void)[] = [];
  let failures = 0;
  let failuresInRow = 0;
  let pausedUntil = 0;

  // Without listeners a lost connection would end the process; `state` tells of it.
  redis.on("error", () => {});
  subscriber.on("error", () => {});
  subscriber.on("message", (_channel, key) => {
    for (const listener of listeners) listener(key);
  });
  subscriber.subscribe(channel).catch(() => {});

  /** Undefined when Redis cannot do it now. */
  async function attempt<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
    if (redis.status !== "ready" || now() < pausedUntil) return undefined;
    try {
      const result = await work();
      failuresInRow = 0;
      return result;
    } catch {
      failures += 1;
      failuresInRow += 1;
      if (failuresInRow >= FAILURES_TO_PAUSE) {
        failuresInRow = 0;
        pausedUntil = now() + PAUSE_MS;
      }
      return undefined;
    }
  }

  const answerName = (key: string) => `${prefix}answer:${key}`;
  const inferenceName = (inferenceId: string) => `${prefix}inference:${inferenceId}`;

  return {
    read: async (key) => (await attempt(() => redis.get(answerName(key)))) ?? undefined,
    write({ key, inferenceId, text, ttlMs }) {
      void attempt(() =>
        redis
          .multi()
          .set(answerName(key), text, "PX", ttlMs)
          .set(inferenceName(inferenceId), key, "PX", ttlMs)
          .exec(),
      );
    },
    async forget(inferenceId) {
      const isDone = await attempt(async () => {
        const key = await redis.get(inferenceName(inferenceId));
        if (key === null) return true;
        await redis.multi().del(answerName(key), inferenceName(inferenceId)).publish(channel, key).exec();
        return true;
      });
      return isDone === true;
    },
    onForgotten: (listener) => {
      listeners.push(listener);
    },
    state() {
      const isReady = redis.status === "ready" && now() >= pausedUntil;
      return isReady
        ? { state: "ready", detail: "Connected.", failures }
        : { state: "away", detail: "Not reachable: answers are cached in this process only.", failures };
    },
    async close() {
      redis.disconnect();
      subscriber.disconnect();
    },
  };
}
