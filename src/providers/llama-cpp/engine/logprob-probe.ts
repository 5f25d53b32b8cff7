import type { LlamaContextSequence, LlamaModel, Token } from "node-llama-cpp";
import { type LikelyToken, type TokenLogprob, UNLIKELY_LOGPROB } from "../../../protocol/chat-logprobs.ts";
import { createNativeSampler, openSequence } from "./native-parts.ts";
import { readTokenBytes } from "./token-bytes.ts";

/** More than anybody may ask for, so that the sampled token is among them nearly always. */
const PROBED_TOKENS = 40;

export interface LogprobProbe {
  /** Of the token that was sampled from these logits; called before the next decode puts others in their place. */
  measure(logitIndex: number, token: Token): Promise<TokenLogprob>;
  dispose(): void;
}

/**
 * Reads the model's own distribution at a place: the logits as they are, before bias, penalties, temperature, top-p and
 * grammar. The library only tells what is left after all of that, so the place is looked at with samplers that do
 * nothing to it: one gives the share of the likeliest token among all, the other the shares among the likeliest.
 */
export function createLogprobProbe(
  sequence: LlamaContextSequence,
  options: { readonly model: LlamaModel; readonly topCount: number },
): LogprobProbe {
  const { model, topCount } = options;
  const { _ctx: context } = openSequence(sequence)._context;
  const greedy = createNativeSampler(model);
  greedy.applyConfig({ temperature: 0 });
  const likeliest = createNativeSampler(model);
  likeliest.applyConfig({ temperature: 1, topK: PROBED_TOKENS, seed: 0 });

  /** All tokens are listed for this, which takes tens of milliseconds. */
  async function measureUnlikely(logitIndex: number, token: Token): Promise<number> {
    const [, all] = await context.sampleToken(logitIndex, greedy, true, false);
    return toLogprob(readPairs(all ?? []).find((share) => share.token === token)?.probability ?? 0);
  }

  function describe(token: Token, logprob: number): LikelyToken {
    const bytes = [...readTokenBytes(model, token)];
    const text = new TextDecoder().decode(Uint8Array.from(bytes));
    // Rounding can put a certain token a trace above 0.
    return { token: text, logprob: Math.min(0, Math.max(logprob, UNLIKELY_LOGPROB)), bytes };
  }

  return {
    async measure(logitIndex, token) {
      const [, , confidence] = await context.sampleToken(logitIndex, greedy, false, true);
      const [, flat] = await context.sampleToken(logitIndex, likeliest, true, false);
      const shares = readPairs(flat ?? []);
      const scale = toLogprob(confidence ?? 0) - toLogprob(shares[0]?.probability ?? 0);
      const known = shares.find((share) => share.token === token);
      const logprob =
        known === undefined ? await measureUnlikely(logitIndex, token) : toLogprob(known.probability) + scale;
      const top = shares.slice(0, topCount).map((share) => {
        return describe(share.token, toLogprob(share.probability) + scale);
      });
      return { ...describe(token, logprob), top_logprobs: top };
    },
    dispose() {
      greedy.dispose();
      likeliest.dispose();
    },
  };
}

function readPairs(flat: readonly number[]): { readonly token: Token; readonly probability: number }[] {
  const pairs: { token: Token; probability: number }[] = [];
  for (let index = 0; index + 1 < flat.length; index += 2) {
    // Token ids are plain numbers with a brand.
    pairs.push({ token: flat[index] as Token, probability: flat[index + 1] ?? 0 });
  }
  return pairs;
}

function toLogprob(probability: number): number {
  return probability > 0 ? Math.log(probability) : UNLIKELY_LOGPROB;
}
