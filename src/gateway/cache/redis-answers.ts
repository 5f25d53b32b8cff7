import { Redis } from "ioredis";
import type { ErasureSubject } from "../../store/erasure/tombstones.ts";
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

/** Adds a key to a user's set, which lives at least as long as the answer. */
const ADD_TO_USER = `redis.call("SADD", KEYS[1], ARGV[1])
  if redis.call("PTTL", KEYS[1]) < tonumber(ARGV[2]) then redis.call("PEXPIRE", KEYS[1], ARGV[2]) end`;

/**
 * The shared cache in Redis: answers under their key, and the key under the inference and in its user's set, so that
 * what was erased is found.
 */
export function createRedisAnswers(options: RedisAnswersOptions): SharedAnswers {
  const { prefix = "tailor:cache:2:", commandTimeoutMs = 100, now = Date.now } = options;
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
  const userName = (stickyKeyHash: string) => `${prefix}user:${stickyKeyHash}`;

  /** Where a subject's keys are noted, and which those are. */
  async function findKeys(
    subject: ErasureSubject,
  ): Promise<readonly [name: string, keys: readonly string[]]> {
    if (subject.kind === "user") {
      const name = userName(subject.stickyKeyHash);
      return [name, await redis.smembers(name)];
    }
    const name = inferenceName(subject.inferenceId);
    const key = await redis.get(name);
    return [name, key === null ? [] : [key]];
  }

  return {
    read: async (key) => (await attempt(() => redis.get(answerName(key)))) ?? undefined,
    write({ key, inferenceId, stickyKeyHash, text, ttlMs }) {
      const writing = redis.multi().set(answerName(key), text, "PX", ttlMs);
      writing.set(inferenceName(inferenceId), key, "PX", ttlMs);
      if (stickyKeyHash !== null) writing.eval(ADD_TO_USER, 1, userName(stickyKeyHash), key, ttlMs);
      void attempt(() => writing.exec());
    },
    async forget(subject) {
      const isDone = await attempt(async () => {
        const [name, keys] = await findKeys(subject);
        if (keys.length === 0) return true;
        const forgetting = redis.multi().del(name, ...keys.map(answerName));
        for (const key of keys) forgetting.publish(channel, key);
        await forgetting.exec();
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
