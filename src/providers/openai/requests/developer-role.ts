import type { RequestRule } from "./request-rule.ts";

/** `developer` is OpenAI's newer name for what chat templates of other models know as `system`. */
export const nameDeveloperSystem: RequestRule = (request) => {
  if (!request.messages.some(({ role }) => role === "developer")) return request;
  const messages = request.messages.map((message) =>
    message.role === "developer" ? { ...message, role: "system" as const } : message,
  );
  return { ...request, messages };
};
