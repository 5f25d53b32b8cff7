import { LRUCache } from "lru-cache";
import type { CachedAnswer } from "./cached-answer.ts";

export interface LocalAnswers {
  read(key: string): CachedAnswer | undefined;
  write(entry: { key: string; answer: CachedAnswer; sizeBytes: number; ttlMs: number }): void;
  /** The key under which the inference's answer lies here. */
  keyOfInference(inferenceId: string): string | undefined;
  remove(key: string): void;
  size(): { readonly entries: number; readonly bytes: number };
}

/** This process's own answers: the least recently used go first, counted in bytes. */
export function createLocalAnswers({ maxBytes }: { maxBytes: number }): LocalAnswers {
  const keys = new Map<string, string>();
  const answers = new LRUCache<string, CachedAnswer>({
    maxSize: maxBytes,
    dispose: ({ inferenceId }, key) => {
      if (keys.get(inferenceId) === key) keys.delete(inferenceId);
    },
  });
  return {
    read: (key) => answers.get(key),
    write({ key, answer, sizeBytes, ttlMs }) {
      answers.set(key, answer, { size: sizeBytes, ttl: ttlMs });
      if (answers.has(key)) keys.set(answer.inferenceId, key);
    },
    keyOfInference: (inferenceId) => keys.get(inferenceId),
    remove: (key) => {
      answers.delete(key);
    },
    size: () => ({ entries: answers.size, bytes: answers.calculatedSize }),
  };
}
