import type { EngineModel } from "./engine-messages.ts";
import { readModelStamp } from "./file-stamp.ts";
import { keyOf } from "./model-key.ts";

/** Remembers which models were being loaded when the engine died, so that one bad file is no endless crash loop. */
export interface LoadBlame {
  record(model: EngineModel, how: string): void;
  /** It was loaded: whatever happened before was not its fault. */
  forgive(model: EngineModel): void;
  /** Why the model must not be loaded any more, or null. Null again once its file changes. */
  reasonAgainst(model: EngineModel): string | null;
}

const MAX_CRASHES = 3;

export function createLoadBlame(): LoadBlame {
  const cases = new Map<string, { crashes: number; how: string; stamp: string }>();
  return {
    record(model, how) {
      const stamp = readModelStamp(model);
      const known = cases.get(keyOf(model));
      const crashes = known?.stamp === stamp ? known.crashes + 1 : 1;
      cases.set(keyOf(model), { crashes, how, stamp });
    },
    forgive(model) {
      cases.delete(keyOf(model));
    },
    reasonAgainst(model) {
      const known = cases.get(keyOf(model));
      if (known === undefined || known.crashes < MAX_CRASHES) return null;
      if (known.stamp !== readModelStamp(model)) {
        cases.delete(keyOf(model));
        return null;
      }
      return (
        `loading it ended the engine ${known.crashes} times (${known.how}): the file may be damaged or the memory too ` +
        "small. It is tried again when the file changes or Tailor restarts."
      );
    },
  };
}
