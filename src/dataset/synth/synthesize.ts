import type { Lexicon } from "../../style/load-lexicon.ts";
import { formatSampleLine } from "../sample.ts";
import { loadSynthKnowledge } from "./knowledge.ts";
import { createSynthesizer } from "./synthesizer.ts";

export interface SynthesizeOptions {
  readonly lexicon: Lexicon;
  /** Folder of the phrasings: `data/style/synth`. */
  readonly folder: string;
  readonly count: number;
  readonly seed: string | number;
  readonly signal?: AbortSignal | undefined;
}

/** Lines of a data set, `count` of them, each a sample without its line feed; the same seed gives the same lines. */
export function* synthesize(options: SynthesizeOptions): Generator<string> {
  const { lexicon, folder, count, seed, signal } = options;
  const synthesizer = createSynthesizer({ lexicon, knowledge: loadSynthKnowledge(folder), seed });
  for (let index = 0; index < count; index++) {
    signal?.throwIfAborted();
    yield formatSampleLine(synthesizer.create(index));
  }
}
