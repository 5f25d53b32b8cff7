import { type LlamaModel, type Token, TokenBias } from "node-llama-cpp";
import type { SamplingSettings } from "../engine-messages.ts";
import { EngineError } from "./engine-error.ts";
import { countVocabulary } from "./token-bytes.ts";

/**
 * The caller's biases as the library takes them; undefined when there are none. The library leaves out the tokens that
 * end a text, so those are put in behind its back: banning them is what a bias on them is mostly for.
 */
export function createTokenBias(
  model: LlamaModel,
  { logitBias }: Pick<SamplingSettings, "logitBias">,
): TokenBias | undefined {
  if (logitBias.length === 0) return undefined;
  const last = countVocabulary(model) - 1;
  const tokenBias = TokenBias.for(model);
  for (const { token, bias } of logitBias) {
    if (token > last) throw createKeyError(token, last);
    // An internal of the pinned library version; a test on the real model holds it to that.
    (tokenBias as unknown as { readonly _biases: Map<Token, number> })._biases.set(token as Token, bias);
  }
  return tokenBias;
}

function createKeyError(token: number, last: number): EngineError {
  return new EngineError({
    kind: "invalid_request",
    message: `Invalid key in 'logit_bias': ${token}. Maximum value is ${last}.`,
    param: "logit_bias",
    code: "invalid_value",
  });
}
