import { LRUCache } from "lru-cache";
import { type Llama, LlamaGrammarEvaluationState, type LlamaModel } from "node-llama-cpp";
import { EngineError } from "./engine-error.ts";
import { createGrammarAutomaton, type GrammarAutomaton } from "./grammar-automaton/grammar-automaton.ts";
import { createGrammarJump, type GrammarJump } from "./grammar-jump.ts";
import { createVocabulary, type Vocabulary } from "./vocabulary.ts";

const MAX_GRAMMARS = 512;
/** These remember the states they have been in. */
const MAX_AUTOMATA = 64;

export interface GrammarText {
  readonly text: string;
  readonly root: string;
}

export interface GrammarCache {
  /** A fresh state at the grammar's start; parsing happens once per text and model. */
  start(model: LlamaModel, grammar: GrammarText): Promise<LlamaGrammarEvaluationState>;
  /** Follows an answer through the grammar; null when its text cannot be followed, which costs speed only. */
  jump(model: LlamaModel, grammar: GrammarText): Promise<GrammarJump | null>;
}

export function createGrammarCache(llama: Llama): GrammarCache {
  const starts = new WeakMap<LlamaModel, LRUCache<string, LlamaGrammarEvaluationState>>();
  const vocabularies = new WeakMap<LlamaModel, Promise<Vocabulary>>();
  const automata = new LRUCache<string, { readonly automaton: GrammarAutomaton | null }>({
    max: MAX_AUTOMATA,
  });

  function useVocabulary(model: LlamaModel): Promise<Vocabulary> {
    const known = vocabularies.get(model);
    if (known !== undefined) return known;
    const making = createVocabulary(model);
    vocabularies.set(model, making);
    return making;
  }

  function useAutomaton({ text, root }: GrammarText): GrammarAutomaton | null {
    const known = automata.get(text);
    if (known !== undefined) return known.automaton;
    let automaton: GrammarAutomaton | null = null;
    try {
      automaton = createGrammarAutomaton(text, root);
    } catch {
      // Written in a way that is not followed here, or too large: the sampler keeps to it all the same.
    }
    automata.set(text, { automaton });
    return automaton;
  }

  return {
    async start(model, { text, root }) {
      const states =
        starts.get(model) ?? new LRUCache<string, LlamaGrammarEvaluationState>({ max: MAX_GRAMMARS });
      starts.set(model, states);
      let state = states.get(text);
      if (state === undefined) {
        state = await createStart(llama, model, { text, root });
        states.set(text, state);
      }
      // A copy takes microseconds, a state made anew parses the text again.
      return state.clone();
    },
    async jump(model, grammar) {
      const automaton = useAutomaton(grammar);
      if (automaton === null) return null;
      return createGrammarJump({ automaton, model, vocabulary: await useVocabulary(model) });
    },
  };
}

async function createStart(
  llama: Llama,
  model: LlamaModel,
  { text, root }: GrammarText,
): Promise<LlamaGrammarEvaluationState> {
  try {
    const grammar = await llama.createGrammar({ grammar: text, rootRuleName: root });
    return new LlamaGrammarEvaluationState({ model, grammar });
  } catch {
    throw new EngineError({
      kind: "invalid_request",
      message: "The engine cannot decode under this grammar.",
      code: "invalid_json_schema",
      param: "response_format",
    });
  }
}
