import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import path from "node:path";
import { LRUCache } from "lru-cache";
import type { LlamaContextSequence } from "node-llama-cpp";
import type { CallPriority } from "../../provider.ts";
import type { PrefixNumbers } from "../engine-messages.ts";
import { measureCommonPrefix, WORTH_COPYING } from "./common-prefix.ts";
import type { StateFolder } from "./state-folder.ts";

/** States of prompts' beginnings that outlive the sequences they were evaluated in: those used last, of all models. */
export interface PrefixShelf {
  /** The part of one loaded model. */
  open(): PrefixStore;
  readonly numbers: PrefixNumbers;
}

export interface PrefixStore {
  /** The stored state with the longest beginning of `prompt`; null when it holds less than `held` tokens and some. */
  find(prompt: readonly number[], held: number): StoredPrefix | null;
  /**
   * How many of the prompt's first tokens are worth storing: the system part, or what it shares with a recent prompt.
   * 0 when there is nothing, or nothing new. Remembers the prompt.
   */
  pickLength(prompt: readonly number[], systemTokens: number): number;
  /** Stores all that the sequence holds. Never throws: a state that is not stored is evaluated again. */
  save(sequence: LlamaContextSequence): Promise<void>;
  /**
   * Says that the caller is about to evaluate and store `tokens`; others with the same beginning can wait for it.
   * Null when somebody else does so already.
   */
  claim(tokens: readonly number[], priority: CallPriority): PrefixClaim | null;
  /**
   * Somebody evaluates more of the prompt's beginning than is stored: resolves when that is done. Null when nobody does,
   * or only a shadow for a primary.
   */
  underWay(prompt: readonly number[], priority: CallPriority): Promise<void> | null;
  /** Forgets this model's states. */
  clear(): Promise<void>;
}

interface StoredPrefix {
  /** Puts the state into the sequence; it may hold more than the prompt shares. */
  restore(sequence: LlamaContextSequence): Promise<void>;
}

interface PrefixClaim {
  settle(): void;
}

interface Claimed {
  readonly tokens: readonly number[];
  readonly priority: CallPriority;
  readonly promise: Promise<void>;
}

interface Entry {
  readonly owner: string;
  readonly tokens: readonly number[];
  readonly file: string;
}

const MAX_RECENT_PROMPTS = 16;

export function createPrefixShelf(folder: StateFolder): PrefixShelf {
  const removals = new Set<Promise<void>>();
  const counts = { hits: 0, hitTokens: 0 };
  const entries = new LRUCache<string, Entry>({
    maxSize: Math.max(1, Math.floor(folder.maxBytes)),
    dispose: ({ file }) => {
      const removal = rm(file, { force: true }).catch(() => {});
      removals.add(removal);
      void removal.then(() => removals.delete(removal));
    },
  });
  return {
    get numbers() {
      return { entries: entries.size, bytes: entries.calculatedSize, ...counts };
    },
    open: () => createPrefixStore({ entries, folder, counts, removed: () => Promise.all(removals) }),
  };
}

function createPrefixStore(shelf: {
  readonly entries: LRUCache<string, Entry>;
  readonly folder: StateFolder;
  readonly counts: { hits: number; hitTokens: number };
  readonly removed: () => Promise<unknown>;
}): PrefixStore {
  const { entries, folder, counts } = shelf;
  const owner = randomUUID();
  const recent: (readonly number[])[] = [];
  const claims = new Map<string, Claimed>();
  const keyOf = (tokens: readonly number[]) => `${owner} ${tokens.join(" ")}`;

  function findLongest(prompt: readonly number[]): { key: string; entry: Entry; length: number } | null {
    let best: { key: string; entry: Entry; length: number } | null = null;
    for (const [key, entry] of entries.entries()) {
      const length = entry.owner === owner ? measureCommonPrefix(entry.tokens, prompt) : 0;
      if (length > (best?.length ?? 0)) best = { key, entry, length };
    }
    return best;
  }

  return {
    find(prompt, held) {
      const best = findLongest(prompt);
      if (best === null || best.length - held < WORTH_COPYING) return null;
      const { key, entry, length } = best;
      entries.get(key);
      return {
        async restore(sequence) {
          await sequence.loadStateFromFile(entry.file, { acceptRisk: true });
          counts.hits++;
          counts.hitTokens += length - held;
        },
      };
    },
    pickLength(prompt, systemTokens) {
      const shared = recent.map((other) => measureCommonPrefix(other, prompt));
      recent.push(prompt);
      if (recent.length > MAX_RECENT_PROMPTS) recent.shift();
      // At least one token of a prompt is evaluated each time.
      const length = Math.min(Math.max(systemTokens, ...shared), prompt.length - 1);
      const stored = findLongest(prompt)?.length ?? 0;
      return length - stored >= WORTH_COPYING ? length : 0;
    },
    async save(sequence) {
      const tokens = sequence.contextTokens;
      const file = path.join(folder.path, randomUUID());
      try {
        const { fileSize } = await sequence.saveStateToFile(file);
        entries.set(keyOf(tokens), { owner, tokens, file }, { size: fileSize });
        // One that is larger than the whole shelf is not taken in.
        if (entries.peek(keyOf(tokens))?.file !== file) await rm(file, { force: true });
      } catch {
        await rm(file, { force: true }).catch(() => {});
      }
    },
    claim(tokens, priority) {
      const key = keyOf(tokens);
      if (claims.has(key)) return null;
      const { promise, resolve } = Promise.withResolvers<void>();
      claims.set(key, { tokens, promise, priority });
      return {
        settle() {
          claims.delete(key);
          resolve();
        },
      };
    },
    underWay(prompt, priority) {
      if (claims.size === 0) return null;
      const stored = findLongest(prompt)?.length ?? 0;
      for (const claim of claims.values()) {
        if (priority === "primary" && claim.priority === "shadow") continue;
        if (measureCommonPrefix(claim.tokens, prompt) - stored >= WORTH_COPYING) return claim.promise;
      }
      return null;
    },
    async clear() {
      for (const [key, entry] of [...entries.entries()]) if (entry.owner === owner) entries.delete(key);
      await shelf.removed();
    },
  };
}
