import type { LlamaGrammarEvaluationState, Token } from "node-llama-cpp";
import type { GrammarText } from "./grammar-cache.ts";
import { type Ahead, type ForcedTokens, NOTHING_FORCED } from "./grammar-jump.ts";
import type { JobRun } from "./job-run.ts";
import { createJsonEndDetector } from "./json-end.ts";
import { acceptOnGrammar } from "./native-parts.ts";

/** What keeps an answer to its form while it is written. */
export interface AnswerForm {
  /** What the sampler keeps to. */
  readonly grammar: LlamaGrammarEvaluationState | undefined;
  /** What must come next; its sure part counts as written. */
  force(): ForcedTokens;
  /** All the text that must come next, for a caller that tokenises it itself. */
  readonly forcedText: string;
  /** Looks behind tokens, should they come next; null when they may not. */
  peek(tokens: readonly Token[]): Ahead | null;
  /** Tells what was sampled. */
  advance(text: string): void;
  /** Nothing may follow. */
  readonly isOver: boolean;
}

const NOTHING_AHEAD: Ahead = { text: "", isOver: false };

export const FREE_FORM: AnswerForm = {
  grammar: undefined,
  force: () => NOTHING_FORCED,
  forcedText: "",
  peek: () => NOTHING_AHEAD,
  advance: () => {},
  isOver: false,
};

/**
 * The form that a grammar of JSON gives. It is followed to its end also where nothing is forced; where it is not
 * followed the end is told by the closing bracket.
 */
export async function createGrammarForm(run: JobRun, text: GrammarText): Promise<AnswerForm> {
  const { model } = run.loaded;
  const grammar = await run.grammars.start(model, text);
  const jump = run.followsGrammar ? await run.grammars.jump(model, text) : null;
  const closes = createJsonEndDetector();
  const { mode } = run.job;
  // There the first bracket that closes is not the end.
  const isOpenEnded = mode.kind === "grammar" && mode.openEnded === true;
  let isClosed = false;
  return {
    grammar,
    get isOver() {
      return jump === null || jump.isLost ? isClosed && !isOpenEnded : jump.isOver;
    },
    get forcedText() {
      return run.jumpsForward && jump !== null ? jump.forcedText : "";
    },
    peek: (tokens) => (jump === null ? NOTHING_AHEAD : jump.peek(tokens)),
    advance(added) {
      jump?.advance(added);
      isClosed ||= closes(added);
    },
    force() {
      if (jump === null || !run.jumpsForward) return NOTHING_FORCED;
      const forced = jump.force();
      for (const token of forced.sure) acceptOnGrammar(model, grammar, token);
      isClosed ||= closes(forced.text);
      return forced;
    },
  };
}
