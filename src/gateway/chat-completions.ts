import { parseChatRequest } from "../protocol/parse-chat-request.ts";
import type { GatewayContext } from "./gateway-env.ts";
import type { InferenceServer } from "./serve-inference.ts";
import { assertStrictSchemas } from "./strict-schemas.ts";
import type { RequestTaker } from "./take-request.ts";

export interface ChatCompletionsDeps {
  readonly taker: RequestTaker;
  readonly server: InferenceServer;
}

/** `POST /v1/chat/completions`. */
export function createChatCompletionsHandler({ taker, server }: ChatCompletionsDeps) {
  return (c: GatewayContext): Promise<Response> =>
    taker.handle(c, async ({ takeIn, readBodyText }) => {
      const { text: bodyText, value } = await readBodyText();
      const request = parseChatRequest(value);
      assertStrictSchemas(request);
      const intake = takeIn({ endpoint: "chat.completions", request, bodyText });
      if (request.stream === true) return server.serveStream(c, intake);
      return server.serveWhole(intake, (completion) => JSON.stringify(completion));
    });
}
