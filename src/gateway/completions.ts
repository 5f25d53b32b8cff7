import { encodeSseError, encodeSseEvent, SSE_DONE } from "../protocol/sse.ts";
import {
  convertChunkToText,
  convertCompletionsToText,
  convertTextRequestToChat,
  createPrefix,
  type TextCompletionRequest,
  textCompletionRequestSchema,
} from "../protocol/text-completion.ts";
import type { GatewayContext } from "./gateway-env.ts";
import type { InferenceIntake } from "./inference-trace.ts";
import { parseInput } from "./parse-input.ts";
import type { InferenceServer } from "./serve-inference.ts";
import type { StreamForm } from "./stream-form.ts";
import type { RequestTaker } from "./take-request.ts";

/** `POST /v1/completions`, the legacy interface: each prompt is a chat request of its own. */
export function createCompletionsHandler({
  taker,
  server,
}: {
  taker: RequestTaker;
  server: InferenceServer;
}) {
  return (c: GatewayContext): Promise<Response> =>
    taker.handle(c, async ({ takeIn, readBody }) => {
      const request = parseInput(textCompletionRequestSchema, await readBody());
      const [first, ...others] = convertTextRequestToChat(request).map((chat) =>
        takeIn({ endpoint: "completions", request: chat }),
      );
      // The schema takes no empty list of prompts.
      if (first === undefined) throw new TypeError("a text completion request without a prompt");
      const stamp = createStamp(request, first);
      if (request.stream === true) return server.serveStream(c, first, createForm(stamp));
      return server.serveBatch([first, ...others], (completions) =>
        JSON.stringify(convertCompletionsToText(completions, stamp)),
      );
    });
}

function createStamp(request: TextCompletionRequest, { id }: InferenceIntake) {
  return { id: `cmpl-${id.replaceAll("-", "")}`, prefix: createPrefix(request) };
}

function createForm(stamp: ReturnType<typeof createStamp>): StreamForm {
  return {
    encode: (chunk) => {
      const text = convertChunkToText(chunk, stamp);
      return text === null ? "" : encodeSseEvent(text);
    },
    finish: () => SSE_DONE,
    fail: encodeSseError,
  };
}
