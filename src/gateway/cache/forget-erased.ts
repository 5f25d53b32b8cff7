import { type ErasureSubject, parseSubject, type Tombstone } from "../../store/erasure/tombstones.ts";
import type { AnswerCache } from "./answer-cache.ts";

const RETRY_MS = 2_000;
/** The shared cache's own lifetimes do the rest. */
const TRIES = 300;

/** Takes what is erased, by whichever instance, out of the cache. A shared cache that is away is asked again. */
export function createEraseListener(cache: Pick<AnswerCache, "forget">) {
  async function forget(subject: ErasureSubject, tries: number): Promise<void> {
    const isDone = await cache.forget(subject);
    if (isDone || tries <= 1) return;
    setTimeout(() => void forget(subject, tries - 1), RETRY_MS).unref();
  }

  return (tombstones: readonly Tombstone[]): void => {
    for (const { subject: text } of tombstones) {
      const subject = parseSubject(text);
      if (subject !== null) void forget(subject, TRIES);
    }
  };
}
