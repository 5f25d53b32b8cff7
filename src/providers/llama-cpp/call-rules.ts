import type { DecodingConstraint } from "../decoding-constraint.ts";
import type { ProviderCall } from "../provider.ts";
import { parseChoiceCount, refuseLoneTopLogprobs } from "./create-job.ts";
import type { DecodingMode } from "./engine-messages.ts";
import { parseTools, type ToolRequest } from "./tools/parse-tools.ts";
import { createToolRules, type PickFormat, type ToolRules } from "./tools/tool-rules.ts";

/** What holds for every choice of one call. */
export interface CallRules {
  readonly choiceCount: number;
  /** Null when the call has none, or none that holds. */
  readonly constraint: DecodingConstraint | null;
  readonly toolRequest: ToolRequest | null;
  readonly tools: ToolRules | null;
  readonly mode: DecodingMode;
  /** Throws when a whole text breaks what the grammar left open. */
  readonly check: (text: string) => void;
}

/** Refuses what can be refused without the engine; throws ProviderError. */
export async function pickCallRules(call: ProviderCall, pickFormat: PickFormat): Promise<CallRules> {
  const { request } = call;
  const choiceCount = parseChoiceCount(request);
  refuseLoneTopLogprobs(request);
  const toolRequest = parseTools(request);
  // Who brings functions wants them called, whatever the conversation looks like.
  const constraint = toolRequest === null ? (call.constraint ?? null) : null;
  // A constraint brings its own grammar.
  const format = await pickFormat(constraint === null ? request.response_format : null);
  const tools = toolRequest && (await createToolRules({ request: toolRequest, format, pickFormat }));
  const mode = constraint === null ? (tools ?? format).mode : { kind: "program" as const };
  return { choiceCount, constraint, toolRequest, tools, mode, check: format.check };
}
