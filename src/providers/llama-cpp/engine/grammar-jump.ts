import type { LlamaModel, Token } from "node-llama-cpp";
import {
  type GrammarAutomaton,
  type GrammarState,
  isGrammarOver,
} from "./grammar-automaton/grammar-automaton.ts";
import { tokenizeContinuation } from "./tokenize-prompt.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** What must come next. */
export interface ForcedTokens {
  /** The model would write exactly these. */
  readonly sure: readonly Token[];
  /** The same, except that one token could also reach over their end into what the model chooses. */
  readonly guesses: readonly Token[];
  /** Of the sure part. */
  readonly text: string;
}

/** What must come behind tokens that may not be written at all. */
export interface Ahead {
  readonly text: string;
  /** Nothing may follow behind it. */
  readonly isOver: boolean;
}

export interface GrammarJump {
  /** Tells what was sampled. */
  advance(text: string): void;
  /** Steps over the sure part of what must come. */
  force(): ForcedTokens;
  /** The text that must come, whole: for a caller that tokenises it itself. Steps over nothing. */
  readonly forcedText: string;
  /** Looks behind `tokens`, should they come next; null when they may not. */
  peek(tokens: readonly Token[]): Ahead | null;
  /** Nothing may follow. */
  readonly isOver: boolean;
  /** It gave up. */
  readonly isLost: boolean;
}

/** A token that begins further back than this and still reaches over the end of a forced text is not known. */
const MAX_STRADDLE_TOKENS = 4;
export const NOTHING_FORCED: ForcedTokens = { sure: [], guesses: [], text: "" };

/**
 * Follows the answer through its grammar and tells what needs no sampling. Gives up, and forces nothing any more, when
 * the text leaves the grammar as it is understood here or has too many readings: jumping is an economy, not a check.
 */
export function createGrammarJump(options: {
  readonly automaton: GrammarAutomaton;
  readonly model: LlamaModel;
  readonly vocabulary: Vocabulary;
}): GrammarJump {
  const { automaton, model, vocabulary } = options;
  let state: GrammarState | null = automaton.start;

  function advance(text: string): void {
    if (state === null) return;
    try {
      state = automaton.advance(state, text);
    } catch {
      state = null;
    }
  }

  function follow(): ReturnType<GrammarAutomaton["force"]> | null {
    if (state === null) return null;
    try {
      return automaton.force(state);
    } catch {
      state = null;
      return null;
    }
  }

  /** Index of the first token from which on another token could reach over the end. */
  function findStraddle(texts: readonly string[], end: GrammarState): number {
    for (let index = Math.max(0, texts.length - MAX_STRADDLE_TOKENS); index < texts.length; index++) {
      const rest = texts.slice(index).join("");
      for (const next of vocabulary.listContinuations(rest)) if (automaton.allows(end, next)) return index;
    }
    return texts.length;
  }

  return {
    advance,
    get forcedText() {
      return follow()?.text ?? "";
    },
    get isOver() {
      return state !== null && isGrammarOver(state);
    },
    peek(tokens) {
      if (state === null) return { text: "", isOver: false };
      try {
        const next = automaton.advance(state, tokens.map((token) => vocabulary.textOf(token)).join(""));
        if (next === null) return null;
        const forced = automaton.force(next);
        return { text: forced.text, isOver: isGrammarOver(forced.state) };
      } catch {
        return null;
      }
    },
    get isLost() {
      return state === null;
    },
    force() {
      const forced = follow();
      if (forced === null || forced.text === "") return NOTHING_FORCED;
      const tokens = tokenizeContinuation(model, forced.text);
      const texts = tokens.map((token) => vocabulary.textOf(token));
      // Where a character is spread over tokens their texts are not the text's parts.
      const straddle = texts.join("") === forced.text ? findStraddle(texts, forced.state) : tokens.length;
      const text = straddle === tokens.length ? forced.text : texts.slice(0, straddle).join("");
      advance(text);
      return { sure: tokens.slice(0, straddle), guesses: tokens.slice(straddle), text };
    },
  };
}
