import type { RequestRule } from "./request-rule.ts";

/** vLLM refuses several greedy answers to one request. Drawing from the one likeliest token is greedy by another name. */
export const spellOutGreedyChoices: RequestRule = (request) =>
  request.temperature === 0 && (request.n ?? 1) > 1 ? { ...request, temperature: 1, top_k: 1 } : request;
