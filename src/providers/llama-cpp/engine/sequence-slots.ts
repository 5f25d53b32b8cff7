import type { LlamaContext, LlamaContextSequence, Token } from "node-llama-cpp";

export interface SequenceSlot {
  readonly sequence: LlamaContextSequence;
  /** A busy sequence that holds clearly more of the prompt than this one; worth copying from. */
  readonly donor: LlamaContextSequence | null;
  release(): void;
}

export interface SequenceSlots {
  /** The free sequence that already holds the longest beginning of `prompt`; null when all are busy. */
  take(prompt: readonly Token[]): SequenceSlot | null;
  readonly busy: number;
}

/** Fewer tokens are evaluated about as fast as they are copied. */
const WORTH_COPYING = 64;

export function createSequenceSlots(context: LlamaContext): SequenceSlots {
  const all = Array.from({ length: context.totalSequences }, () => context.getSequence());
  const free = [...all];

  function pickDonor(prompt: readonly Token[], held: number): LlamaContextSequence | null {
    const lengths = all.map((sequence) => measureCommonPrefix(sequence.contextTokens, prompt));
    const longest = Math.max(...lengths);
    return longest - held >= WORTH_COPYING ? (all[lengths.indexOf(longest)] ?? null) : null;
  }

  return {
    get busy() {
      return context.totalSequences - free.length;
    },
    take(prompt) {
      const lengths = free.map((sequence) => measureCommonPrefix(sequence.contextTokens, prompt));
      const held = Math.max(...lengths);
      const index = lengths.indexOf(held);
      const [sequence] = index < 0 ? [] : free.splice(index, 1);
      if (sequence === undefined) return null;
      return { sequence, donor: pickDonor(prompt, held), release: () => free.push(sequence) };
    },
  };
}

function measureCommonPrefix(held: readonly Token[], prompt: readonly Token[]): number {
  const most = Math.min(held.length, prompt.length);
  for (let index = 0; index < most; index++) if (held[index] !== prompt[index]) return index;
  return most;
}
