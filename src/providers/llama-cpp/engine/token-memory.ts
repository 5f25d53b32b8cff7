import type { LlamaContext, Token } from "node-llama-cpp";

/** The token that mostly followed an end, and how often it did (0 to 1). */
export interface Recalled {
  readonly token: Token;
  readonly share: number;
}

export interface TokenMemory {
  /** What followed such an end; null when none is known. */
  recall(end: readonly Token[]): Recalled | null;
  /** Learns what follows what in `tokens` from `start` on. */
  learn(tokens: readonly Token[], start: number): void;
}

/** Lengths of the ends that are looked up, the most telling first. */
export const NGRAM_ORDERS = [6, 4, 3, 2];
const LONGEST = 6;
/** Powers of two; later ends take the place of earlier ones with the same index. */
const PLACES = 1 << 16;
const PLACES_OF_ONE_ANSWER = 1 << 13;
const MAX_SEEN = 30;
/** Something seen once is not certain yet. */
const DOUBT = 1;

/**
 * Remembers which tokens follow each other in a model's answers and prompts. Answers in one form repeat themselves:
 * what followed the last few tokens before is a good guess, and a guess costs less than a decode. Takes 10 bytes a place.
 */
function createTokenMemory(places: number): TokenMemory {
  const marks = new Uint32Array(places);
  const nexts = new Int32Array(places);
  const seen = new Uint8Array(places);
  const hits = new Uint8Array(places);

  function note(mark: number, next: Token): void {
    const place = mark & (places - 1);
    const isNew =
      marks[place] !== mark || (nexts[place] !== next && (hits[place] ?? 0) <= (seen[place] ?? 0) / 2);
    if (isNew) {
      marks[place] = mark;
      nexts[place] = next;
      seen[place] = 1;
      hits[place] = 1;
      return;
    }
    if ((seen[place] ?? 0) >= MAX_SEEN) {
      // Old answers count less and less.
      seen[place] = (seen[place] ?? 0) >> 1;
      hits[place] = (hits[place] ?? 0) >> 1;
    }
    seen[place] = (seen[place] ?? 0) + 1;
    if (nexts[place] === next) hits[place] = (hits[place] ?? 0) + 1;
  }

  return {
    recall(end) {
      for (const order of NGRAM_ORDERS) {
        if (end.length < order) continue;
        const mark = hashEnd(end, end.length, order);
        const place = mark & (places - 1);
        if (marks[place] !== mark) continue;
        // Token ids are plain numbers with a brand.
        const token = (nexts[place] ?? 0) as Token;
        return { token, share: (hits[place] ?? 0) / ((seen[place] ?? 0) + DOUBT) };
      }
      return null;
    },
    learn(tokens, start) {
      for (let index = Math.max(1, start); index < tokens.length; index++) {
        const next = tokens[index];
        if (next === undefined) continue;
        for (const order of NGRAM_ORDERS) if (index >= order) note(hashEnd(tokens, index, order), next);
      }
    },
  };
}

/** Knows nothing but what it is told of one prompt and answer. */
export const createAnswerMemory = (): TokenMemory => createTokenMemory(PLACES_OF_ONE_ANSWER);

export interface TokenMemories {
  /** A context is a model with its adapter. */
  of(context: LlamaContext): TokenMemory;
}

export function createTokenMemories(): TokenMemories {
  const memories = new WeakMap<LlamaContext, TokenMemory>();
  return {
    of(context) {
      const memory = memories.get(context) ?? createTokenMemory(PLACES);
      memories.set(context, memory);
      return memory;
    },
  };
}

/** Longest end that makes a difference. */
export const MEMORY_TOKENS = LONGEST;

/** FNV-1a of the `order` tokens before `end`; never 0, which marks an empty place. */
export function hashEnd(tokens: readonly Token[], end: number, order: number): number {
  let hash = 0x811c9dc5 ^ order;
  for (let index = end - order; index < end; index++) {
    hash = Math.imul(hash ^ (tokens[index] ?? 0), 0x01000193);
    hash ^= hash >>> 15;
  }
  return hash >>> 0 || 1;
}
