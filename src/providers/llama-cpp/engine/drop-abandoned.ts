import type { BatchItem, LlamaContext } from "node-llama-cpp";
import { dropQueued } from "./native-parts.ts";
import type { SequenceSlots } from "./sequence-slots.ts";

/**
 * Takes out of the queue what belongs to answers that nobody waits for any more; returns the `items` that are left. Text
 * that goes in a few tokens a decode would otherwise keep its sequence for many decodes after the abort. To be called
 * between two decodes, with the queue's items in its order.
 */
export function dropAbandoned(
  context: LlamaContext,
  slots: Pick<SequenceSlots, "occupied">,
  items: readonly BatchItem[],
): readonly BatchItem[] {
  let left = items;
  for (const { sequence, signal } of slots.occupied) {
    if (!signal.aborted) continue;
    const place = dropQueued(context, { sequence, reason: signal.reason });
    if (place >= 0) left = left.toSpliced(place, 1);
  }
  return left;
}
