import type { LlamaContext, LlamaContextSequence, Token } from "node-llama-cpp";
import { measureCommonPrefix, WORTH_COPYING } from "./common-prefix.ts";
import { type ContextGate, gateContext } from "./context-gate.ts";
import { createWaitingLine, type LineRequest } from "./waiting-line.ts";

export interface SequenceSlot {
  readonly sequence: LlamaContextSequence;
  /** A busy sequence that holds clearly more of the prompt than this one; worth copying from. */
  readonly donor: LlamaContextSequence | null;
  release(): void;
}

interface SlotRequest extends LineRequest {
  readonly prompt: readonly Token[];
}

export interface SequenceSlots {
  /**
   * The free sequence that already holds the longest beginning of the prompt, else the one used longest ago. Waits in
   * line while all are busy, primary requests first; throws the signal's reason on abort.
   */
  take(request: SlotRequest): Promise<SequenceSlot>;
  /** Sequences that an answer is being written in. */
  readonly busy: number;
  readonly gate: ContextGate;
  /** The same with what ends the answers. */
  readonly occupied: Iterable<{ readonly sequence: LlamaContextSequence; readonly signal: AbortSignal }>;
  /** How many of them are primary answers. */
  readonly busyPrimaries: number;
}

export function createSequenceSlots(context: LlamaContext): SequenceSlots {
  const all = Array.from({ length: context.totalSequences }, () => context.getSequence());
  const gate = gateContext(context, all);
  /** Released last = last. */
  const free = [...all];
  const occupied = new Set<{ readonly sequence: LlamaContextSequence; readonly signal: AbortSignal }>();
  const line = createWaitingLine();
  let primaries = 0;

  function pickDonor(prompt: readonly Token[], held: number): LlamaContextSequence | null {
    const lengths = all.map((sequence) => measureCommonPrefix(sequence.contextTokens, prompt));
    const longest = Math.max(...lengths);
    return longest - held >= WORTH_COPYING ? (all[lengths.indexOf(longest)] ?? null) : null;
  }

  function occupy({ prompt, priority, signal }: SlotRequest): SequenceSlot | null {
    const lengths = free.map((sequence) => measureCommonPrefix(sequence.contextTokens, prompt));
    const longest = Math.max(...lengths);
    // A few common tokens are no reason to overwrite what another conversation will come back for.
    const isWorthIt = longest >= Math.min(WORTH_COPYING, prompt.length / 2);
    const index = isWorthIt ? lengths.indexOf(longest) : 0;
    const [sequence] = free.splice(index, 1);
    if (sequence === undefined) return null;
    if (priority === "primary") primaries++;
    const place = { sequence, signal };
    occupied.add(place);
    return {
      sequence,
      donor: pickDonor(prompt, lengths[index] ?? 0),
      release() {
        if (priority === "primary") primaries--;
        occupied.delete(place);
        free.push(sequence);
        line.admitNext();
      },
    };
  }

  return {
    occupied,
    gate,
    get busy() {
      return context.totalSequences - free.length;
    },
    get busyPrimaries() {
      return primaries;
    },
    async take(request) {
      request.signal.throwIfAborted();
      return occupy(request) ?? (await line.wait(request, () => occupy(request)));
    },
  };
}
