import type { RequestRule } from "./request-rule.ts";

/** `max_completion_tokens` under its older name, which wins where a client sends both. */
export const nameTokenLimitAsBefore: RequestRule = (request) => {
  const { max_tokens: older, max_completion_tokens: newer } = request;
  if (newer === undefined) return request;
  return { ...request, max_tokens: older ?? newer, max_completion_tokens: undefined };
};
