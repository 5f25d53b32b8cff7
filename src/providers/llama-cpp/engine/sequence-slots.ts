import type { LlamaContext, LlamaContextSequence, Token } from "node-llama-cpp";

export interface SequenceSlot {
  readonly sequence: LlamaContextSequence;
  release(): void;
}

export interface SequenceSlots {
  /** The free sequence that already holds the longest beginning of `prompt`; null when all are busy. */
  take(prompt: readonly Token[]): SequenceSlot | null;
  readonly busy: number;
}

export function createSequenceSlots(context: LlamaContext): SequenceSlots {
  const free = Array.from({ length: context.totalSequences }, () => context.getSequence());
  return {
    get busy() {
      return context.totalSequences - free.length;
    },
    take(prompt) {
      const lengths = free.map((sequence) => measureCommonPrefix(sequence.contextTokens, prompt));
      const index = lengths.indexOf(Math.max(...lengths));
      const [sequence] = index < 0 ? [] : free.splice(index, 1);
      if (sequence === undefined) return null;
      return { sequence, release: () => free.push(sequence) };
    },
  };
}

function measureCommonPrefix(held: readonly Token[], prompt: readonly Token[]): number {
  const most = Math.min(held.length, prompt.length);
  for (let index = 0; index < most; index++) if (held[index] !== prompt[index]) return index;
  return most;
}
