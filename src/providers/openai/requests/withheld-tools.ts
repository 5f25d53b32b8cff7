import type { RequestRule } from "./request-rule.ts";

/** No tools at all where none may be called, for servers that do not read `tool_choice`. */
export const withholdTools: RequestRule = (request) =>
  request.tool_choice === "none" ? { ...request, tools: undefined, tool_choice: undefined } : request;
