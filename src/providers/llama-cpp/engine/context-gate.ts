import type { LlamaContext, LlamaContextSequence } from "node-llama-cpp";

/** The library's own parts that wait for a context to be free; the public ones come down to these. */
interface GatedContext {
  _decodeTokens(...request: readonly unknown[]): Promise<unknown>;
}

interface GatedSequence {
  _eraseContextTokenRanges(...request: readonly unknown[]): Promise<void>;
  saveStateToFile(path: string): Promise<{ fileSize: number }>;
  loadStateFromFile(path: string, risk: { acceptRisk: true }): Promise<void>;
}

/**
 * Lets erasing, saving and loading of a sequence's state take place between two decodes of the others. The library
 * decodes in a loop that holds the context for as long as any token is queued: with a few answers being written, a new
 * prompt would wait for the end of all of them. While such work waits, no further decode is queued.
 */
export function gateContext(context: LlamaContext, sequences: readonly LlamaContextSequence[]): void {
  // The public types leave these members out; src/providers/llama-cpp is written for exactly one version.
  const gated = context as unknown as GatedContext;
  const decode = gated._decodeTokens.bind(context);
  let opening: PromiseWithResolvers<void> | null = null;
  let workers = 0;

  async function holdDecodes<T>(work: () => Promise<T>): Promise<T> {
    workers++;
    opening ??= Promise.withResolvers<void>();
    try {
      return await work();
    } finally {
      workers--;
      if (workers === 0) {
        opening.resolve();
        opening = null;
      }
    }
  }

  gated._decodeTokens = async (...request) => {
    while (opening !== null) await opening.promise;
    return await decode(...request);
  };
  for (const sequence of sequences) {
    const each = sequence as unknown as GatedSequence;
    const erase = each._eraseContextTokenRanges.bind(sequence);
    const save = each.saveStateToFile.bind(sequence);
    const load = each.loadStateFromFile.bind(sequence);
    each._eraseContextTokenRanges = (...request) => holdDecodes(() => erase(...request));
    each.saveStateToFile = (path) => holdDecodes(() => save(path));
    each.loadStateFromFile = (path, risk) => holdDecodes(() => load(path, risk));
  }
}
