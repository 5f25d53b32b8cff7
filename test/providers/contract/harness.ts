import type { ChatCompletionRequest } from "../../../src/protocol/chat-request.ts";
import type { Provider, ProviderCall } from "../../../src/providers/provider.ts";

export interface ProviderHarness {
  readonly provider: Provider;
  /** A model name the provider serves. */
  readonly model: string;
  /** Request fields that make an answer last at least 300 ms, so that it can be cut in the middle. */
  readonly slowRequest: Partial<ChatCompletionRequest>;
  /** Request fields under which the model makes a call that it need not make; left out where none are known. */
  readonly callingRequest?: Partial<ChatCompletionRequest> | undefined;
  /** True for an upstream that answers with its one model whatever it is asked for. */
  readonly ignoresModelNames?: boolean;
  /** Kills what answers (engine, upstream) the hard way; the provider itself must survive it. */
  cut(): Promise<void>;
  /** Closes the provider and whatever stands behind it. */
  close(): Promise<void>;
}

export type MakeCall = (
  request?: Partial<ChatCompletionRequest>,
  rest?: Partial<ProviderCall>,
) => ProviderCall;

export type DescribePart = (call: MakeCall, harness: () => ProviderHarness) => void;
