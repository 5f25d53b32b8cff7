import type { ErrorEnvelope } from "../protocol/openai-error.ts";
import { convertCompletionToResponse, type ResponseStamp } from "../protocol/responses-answer.ts";
import { createResponseEvents, type ResponseEvent } from "../protocol/responses-events.ts";
import { type ResponsesRequest, responsesRequestSchema } from "../protocol/responses-request.ts";
import { convertResponsesToChat } from "../protocol/responses-to-chat.ts";
import { encodeNamedSseEvent } from "../protocol/sse.ts";
import type { GatewayContext } from "./gateway-env.ts";
import { parseInput } from "./parse-input.ts";
import type { InferenceServer } from "./serve-inference.ts";
import type { StreamForm } from "./stream-form.ts";
import { assertStrictSchemas, type SchemaPlaces } from "./strict-schemas.ts";
import type { RequestTaker } from "./take-request.ts";

const PLACES: SchemaPlaces = {
  format: { param: "text.format.schema", code: "invalid_json_schema" },
  tool: (index) => `tools[${index}].parameters`,
};

/** `POST /v1/responses`: answered as a chat completion, told in the words of the Responses interface. */
export function createResponsesHandler({ taker, server }: { taker: RequestTaker; server: InferenceServer }) {
  return (c: GatewayContext): Promise<Response> =>
    taker.handle(c, async ({ takeIn, readBody }) => {
      const request = parseInput(responsesRequestSchema, await readBody());
      const { request: chat, dropped } = convertResponsesToChat(request);
      assertStrictSchemas(chat, PLACES);
      const intake = takeIn({ endpoint: "responses", request: chat, dropped });
      const stamp = { inferenceId: intake.id, createdAt: intake.startedAt };
      if (request.stream === true) return server.serveStream(c, intake, createForm(request, stamp));
      return server.serveWhole(intake, (completion) =>
        JSON.stringify(convertCompletionToResponse({ request, stamp, completion })),
      );
    });
}

/** Every event has its name and its number. */
function createForm(request: ResponsesRequest, stamp: ResponseStamp): StreamForm {
  const events = createResponseEvents({ request, stamp });
  let number = 0;
  const encode = (list: readonly ResponseEvent[]) =>
    list
      .map((event) => {
        const numbered = { ...event, sequence_number: number };
        number += 1;
        return encodeNamedSseEvent(event.type, numbered);
      })
      .join("");
  return {
    encode: (chunk) => encode(events.add(chunk)),
    finish: () => encode(events.finish()),
    fail: (envelope: ErrorEnvelope) => encode(events.fail(envelope)),
  };
}
