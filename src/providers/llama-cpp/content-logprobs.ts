import type { TokenLogprob } from "../../protocol/chat-logprobs.ts";

/**
 * Picks the log probabilities that belong to an answer's plain text out of those of all its tokens: the tokens that
 * begin before the text's last byte. Those of calls have no place in the wire form.
 */
export function createContentLogprobs() {
  const waiting: { readonly entry: TokenLogprob; readonly start: number }[] = [];
  let tokenBytes = 0;
  let contentBytes = 0;
  return {
    add(entries: readonly TokenLogprob[]): void {
      for (const entry of entries) {
        waiting.push({ entry, start: tokenBytes });
        tokenBytes += entry.bytes?.length ?? 0;
      }
    },
    take(content: string): TokenLogprob[] {
      contentBytes += Buffer.byteLength(content);
      const first = waiting.findIndex(({ start }) => start >= contentBytes);
      return waiting.splice(0, first < 0 ? waiting.length : first).map(({ entry }) => entry);
    },
  };
}
