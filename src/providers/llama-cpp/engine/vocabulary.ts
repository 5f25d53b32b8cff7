import type { LlamaModel, Token } from "node-llama-cpp";

/** Token texts made in one go: more would hold up the answers being written. */
const CHUNK_TOKENS = 1024;
const MAX_PREFIXES = 4096;

export interface Vocabulary {
  textOf(token: Token): string;
  /** First characters of what tokens that begin with `text` have behind it. */
  listContinuations(text: string): ReadonlySet<number>;
}

/** The texts of all tokens of a model; takes a tenth of a second, once. */
export async function createVocabulary(model: LlamaModel): Promise<Vocabulary> {
  const texts: string[] = [];
  const count = model.fileInfo.metadata.tokenizer.ggml.tokens?.length ?? 0;
  for (let token = 0; token < count; token++) {
    // Token ids are plain numbers with a brand.
    texts.push(model.detokenize([token as Token], false));
    if (token % CHUNK_TOKENS === CHUNK_TOKENS - 1) await new Promise(setImmediate);
  }
  const sorted = [...new Set(texts)].sort(compareByCodeUnits);
  const known = new Map<string, ReadonlySet<number>>();

  function findContinuations(text: string): ReadonlySet<number> {
    const found = new Set<number>();
    for (let index = findFirst(sorted, text); index < sorted.length; index++) {
      const longer = sorted[index] ?? "";
      if (!longer.startsWith(text)) break;
      const next = longer.codePointAt(text.length);
      if (next !== undefined) found.add(next);
    }
    return found;
  }

  return {
    textOf: (token) => texts[token] ?? "",
    listContinuations(text) {
      let found = known.get(text);
      if (found === undefined) {
        if (known.size >= MAX_PREFIXES) known.clear();
        found = findContinuations(text);
        known.set(text, found);
      }
      return found;
    },
  };
}

function compareByCodeUnits(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Index of the first of `sorted` that is not before `text`. */
function findFirst(sorted: readonly string[], text: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? "") < text) low = middle + 1;
    else high = middle;
  }
  return low;
}
