import type { ChatCompletionRequest } from "../../../protocol/chat-request.ts";

/**
 * One difference between upstreams, as a change to the request. Members that it does not change stay identical, so that
 * the client's own text of them can be sent on; a member set to undefined is left out.
 */
export type RequestRule = (request: ChatCompletionRequest) => ChatCompletionRequest;
