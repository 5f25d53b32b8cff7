import type { ChatMessage, ContentPart } from "./chat-request.ts";

/**
 * The message's text parts joined by line feeds; parts of another type and null content are nothing. What an assistant
 * refused with is what it said.
 */
export function textOfMessage(message: Pick<ChatMessage, "content" | "refusal">): string {
  if (typeof message.content === "string") return message.content;
  if (!Array.isArray(message.content)) return message.refusal ?? "";
  return message.content.map(textOfPart).filter(Boolean).join("\n");
}

function textOfPart(part: ContentPart): string {
  const text = part.type === "refusal" ? part.refusal : part.type === "text" ? part.text : undefined;
  return typeof text === "string" ? text : "";
}

/** Types of the content parts that hold no text, each once, in the order they appear: what a text model drops. */
export function listNonTextParts(messages: readonly Pick<ChatMessage, "content">[]): string[] {
  const types = messages.flatMap(({ content }) =>
    Array.isArray(content) ? content.map((part) => part.type) : [],
  );
  return [...new Set(types)].filter((type) => type !== "text" && type !== "refusal");
}
