import type { Usage } from "../protocol/chat-completion.ts";
import type { Target } from "../routing/route.ts";
import type { Config } from "./config-schema.ts";

/** US dollars of a call; null when the target's price is not known. */
export type PriceList = (
  target: Target,
  usage: Pick<Usage, "prompt_tokens" | "completion_tokens">,
) => number | null;

/** Prices come from the configuration; what runs on this machine costs nothing a call. */
export function createPriceList(providers: Config["providers"]): PriceList {
  return ({ provider, model }, usage) => {
    const config = providers[provider];
    if (config?.kind === "llama-cpp") return 0;
    const price = config?.prices[model];
    if (price === undefined) return null;
    const { inputUsdPerMillion, outputUsdPerMillion } = price;
    return (usage.prompt_tokens * inputUsdPerMillion + usage.completion_tokens * outputUsdPerMillion) / 1e6;
  };
}
