import { LRUCache } from "lru-cache";
import { type Llama, type LlamaGrammar, LlamaGrammarEvaluationState, type LlamaModel } from "node-llama-cpp";
import { EngineError } from "./engine-error.ts";

const MAX_GRAMMARS = 512;

export interface GrammarCache {
  /** A fresh state at the grammar's start; parsing happens once per text. */
  start(
    model: LlamaModel,
    grammar: { readonly text: string; readonly root: string },
  ): Promise<LlamaGrammarEvaluationState>;
}

export function createGrammarCache(llama: Llama): GrammarCache {
  const grammars = new LRUCache<string, LlamaGrammar>({ max: MAX_GRAMMARS });
  return {
    async start(model, { text, root }) {
      const known = grammars.get(text);
      const grammar = known ?? (await createGrammar(llama, { text, root }));
      if (known === undefined) grammars.set(text, grammar);
      return new LlamaGrammarEvaluationState({ model, grammar });
    },
  };
}

async function createGrammar(llama: Llama, grammar: { text: string; root: string }): Promise<LlamaGrammar> {
  try {
    return await llama.createGrammar({ grammar: grammar.text, rootRuleName: grammar.root });
  } catch {
    throw new EngineError({
      kind: "invalid_request",
      message: "The engine cannot decode under this grammar.",
      code: "invalid_json_schema",
      param: "response_format",
    });
  }
}
