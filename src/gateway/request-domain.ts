import type { ChatCompletionRequest } from "../protocol/chat-request.ts";
import type { DecodingConstraint } from "../providers/decoding-constraint.ts";
import type { AnswerVerdicts } from "../store/inference-log.ts";

/** One request the domain understands. */
export interface RecognisedRequest {
  /** Steering for a target that can decode under it; null when the asked response format does not fit the domain. */
  createConstraint(): DecodingConstraint | null;
  /** Judges an answer; runs off the answer path. */
  judge(answer: string): AnswerVerdicts;
}

/** What a `/generate` caller sends, before the domain reads it. */
interface GenerateInput {
  readonly form: unknown;
  readonly profile: unknown;
  readonly outfits: number | undefined;
}

/**
 * Domain knowledge as the gateway sees it: it recognises requests and phrases them, and the gateway stays free of any
 * lexicon. Implemented where the parts are wired together.
 */
export interface RequestDomain {
  recognise(request: ChatCompletionRequest): RecognisedRequest | null;
  /** Form and profile to a chat request (its `model` is left to the gateway) and its understanding. */
  createRequest(input: GenerateInput): {
    readonly messages: ChatCompletionRequest["messages"];
    readonly responseFormat: ChatCompletionRequest["response_format"];
    readonly recognised: RecognisedRequest;
  };
}
