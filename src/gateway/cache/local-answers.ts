import { LRUCache } from "lru-cache";
import type { CachedAnswer } from "./cached-answer.ts";

export interface LocalAnswers {
  read(key: string): CachedAnswer | undefined;
  write(entry: { key: string; answer: CachedAnswer; sizeBytes: number; ttlMs: number }): void;
  remove(key: string): void;
  /** Removes the answers for which the question is answered with yes. */
  removeWhere(isMeant: (answer: CachedAnswer) => boolean): number;
  size(): { readonly entries: number; readonly bytes: number };
}

/** This process's own answers: the least recently used go first, counted in bytes. */
export function createLocalAnswers({ maxBytes }: { maxBytes: number }): LocalAnswers {
  const answers = new LRUCache<string, CachedAnswer>({ maxSize: maxBytes });
  return {
    read: (key) => answers.get(key),
    write({ key, answer, sizeBytes, ttlMs }) {
      answers.set(key, answer, { size: sizeBytes, ttl: ttlMs });
    },
    remove: (key) => {
      answers.delete(key);
    },
    removeWhere(isMeant) {
      const meant = [...answers.entries()].filter(([, answer]) => isMeant(answer));
      for (const [key] of meant) answers.delete(key);
      return meant.length;
    },
    size: () => ({ entries: answers.size, bytes: answers.calculatedSize }),
  };
}
