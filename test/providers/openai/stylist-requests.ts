import type { ChatCompletionRequest } from "../../../src/protocol/chat-request.ts";

type Request = Partial<ChatCompletionRequest>;

/** What the contract needs of an upstream that serves the shipped model. */
export const slowRequest: Request = { max_tokens: 160, ignore_eos: true };

/** The id of `<` in the shipped model's vocabulary. The model writes plans; behind earlier calls this is push enough. */
const LESS_THAN_TOKEN = 44;
export const callingRequest: Request = { logit_bias: { [LESS_THAN_TOKEN]: 5 } };
