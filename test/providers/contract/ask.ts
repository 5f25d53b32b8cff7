import type { ChatCompletionChunk } from "../../../src/protocol/chat-chunk.ts";
import type { ChatCompletion } from "../../../src/protocol/chat-completion.ts";
import type { ChatCompletionRequest } from "../../../src/protocol/chat-request.ts";
import { collect } from "./chunks.ts";
import type { MakeCall, ProviderHarness } from "./harness.ts";

export interface Ask {
  complete(request: Partial<ChatCompletionRequest>): Promise<ChatCompletion>;
  stream(request: Partial<ChatCompletionRequest>): Promise<ChatCompletionChunk[]>;
}

/** Whole answers of the provider under test. */
export function createAsk(call: MakeCall, harness: () => ProviderHarness): Ask {
  return {
    complete: async (request) => (await harness().provider.complete(call(request))).completion,
    stream: async (request) => {
      const { chunks } = await harness().provider.stream(call({ ...request, stream: true }));
      return collect(chunks);
    },
  };
}
