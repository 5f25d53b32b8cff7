import { PROSE_GRAMMAR, QUERY_GRAMMAR } from "../../../src/style/constraint/grammars.ts";
import type { Lexicon } from "../../../src/style/load-lexicon.ts";
import { createRandom } from "../../support/random.ts";
import { createSentenceWriter } from "../../support/random-sentence.ts";
import { pick } from "../random-brief.ts";
import type { FieldWriter } from "./run-program.ts";

/**
 * Field texts that keep the grammar and nothing else: gibberish, lexicon words in any order, plausible queries, any of
 * the garments, prices, brands and endings that are offered. Texts that can grow long are cut now and then.
 */
export function createGarbageWriter(seed: number, lexicon: Lexicon): FieldWriter {
  const random = createRandom(seed);
  const words = [...lexicon.words.common, ...lexicon.words.materials, ...lexicon.words.patterns].filter((w) =>
    /^[a-z]+$/.test(w),
  );
  const gibberish = () =>
    Array.from({ length: 2 + Math.floor(random() * 8) }, () => pick([..."abcdeiklmnorstuz"], random)).join(
      "",
    );
  const query = () => {
    const garment = pick(lexicon.garments, random).name;
    const colour = pick(lexicon.colours, random).name;
    const draw = random();
    if (draw < 0.4) return `${colour} ${garment}`;
    if (draw < 0.5)
      return `${pick(lexicon.words.materials, random)} ${pick(lexicon.words.patterns, random)} ${garment}`;
    if (draw < 0.6) return `${garment} ${garment}`;
    if (draw < 0.7) return `women's ${garment} men's`;
    if (draw < 0.85) return `${pick(words, random)} ${pick(words, random)} ${pick(words, random)}`;
    return `${gibberish()} ${gibberish()}`;
  };
  const prose = () =>
    Array.from({ length: 1 + Math.floor(random() * 14) }, () =>
      random() < 0.5 ? gibberish() : pick(words, random),
    ).join(" ");
  return ({ grammar }) => {
    if (grammar !== QUERY_GRAMMAR && grammar !== PROSE_GRAMMAR) {
      return { text: createSentenceWriter(grammar, random)(100), complete: true };
    }
    const text = grammar === QUERY_GRAMMAR ? query().replace(/[^a-zA-Z0-9 &'-]/g, "") : `Q${prose()}`;
    if (random() < 0.1) return { text: text.slice(0, Math.floor(random() * text.length)), complete: false };
    return { text: `${text}"`, complete: true };
  };
}
