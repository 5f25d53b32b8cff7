import type { LlamaContext, LlamaContextSequence } from "node-llama-cpp";
import { openContext } from "./native-parts.ts";

/** The library's own parts that wait for a context to be free; the public ones come down to these. */
interface GatedContext {
  _decodeTokens(...request: readonly unknown[]): Promise<unknown>;
}

interface GatedSequence {
  _eraseContextTokenRanges(...request: readonly unknown[]): Promise<void>;
  saveStateToFile(path: string): Promise<{ fileSize: number }>;
  loadStateFromFile(path: string, risk: { acceptRisk: true }): Promise<void>;
}

export interface ContextGate {
  /** Nothing is being decoded or waits for it, and nothing works on a sequence's state. Never on an accelerator. */
  readonly isOpen: boolean;
  /**
   * Decodes past the library's queue. For the only sequence that is in use, while the gate is open: whatever else wants
   * the context meanwhile waits for the end.
   */
  decodeAlone<T>(work: () => Promise<T>): Promise<T>;
}

/**
 * Lets erasing, saving and loading of a sequence's state take place between two decodes of the others. The library
 * decodes in a loop that holds the context for as long as any token is queued: with a few answers being written, a new
 * prompt would wait for the end of all of them. While such work waits, no further decode is queued.
 */
export function gateContext(context: LlamaContext, sequences: readonly LlamaContextSequence[]): ContextGate {
  // The public types leave these members out; src/providers/llama-cpp is written for exactly one version.
  const gated = context as unknown as GatedContext;
  const decode = gated._decodeTokens.bind(context);
  // Some accelerators need locks around a decode that only the library's own path takes.
  const isOnCpu = openContext(context)._llama.gpu === false;
  let opening: PromiseWithResolvers<void> | null = null;
  let workers = 0;
  /** Decodes under way and waiting: an answer that was given up leaves its slot before its last one is over. */
  let queued = 0;
  let alone: Promise<unknown> | null = null;

  async function holdDecodes<T>(work: () => Promise<T>): Promise<T> {
    workers++;
    opening ??= Promise.withResolvers<void>();
    try {
      while (alone !== null) await alone;
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
    queued++;
    try {
      while (opening !== null || alone !== null) await (opening?.promise ?? alone);
      return await decode(...request);
    } finally {
      queued--;
    }
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

  return {
    get isOpen() {
      return isOnCpu && opening === null && alone === null && queued === 0;
    },
    async decodeAlone(work) {
      const { promise, resolve } = Promise.withResolvers<void>();
      alone = promise;
      try {
        return await work();
      } finally {
        alone = null;
        resolve();
      }
    },
  };
}
