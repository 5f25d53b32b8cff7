import { z } from "zod";
import type { Brief } from "./brief.ts";
import type { Lexicon } from "./load-lexicon.ts";
import { parseBackendText } from "./parse-backend-text.ts";
import { parseBrief } from "./parse-brief.ts";

const textPartSchema = z.looseObject({ type: z.literal("text"), text: z.string() });

/** A chat message as far as it is read here: `content` is a text or parts of which the text ones count. */
export interface MessageLike {
  readonly role: string;
  readonly content?: unknown;
}

/**
 * The brief in a chat request, or null when its last user message is not the backend's stylist text.
 * The closing "one to five outfits" means one (the backend uses the first only); pass `outfits` to ask for more.
 */
export function recogniseRequest(
  request: { messages: readonly MessageLike[]; outfits?: number | undefined },
  lexicon: Lexicon,
): Brief | null {
  const last = request.messages.findLast((message) => message.role === "user");
  const parsed = last ? parseBackendText(joinText(last.content)) : null;
  return parsed ? parseBrief({ ...parsed, outfits: request.outfits }, lexicon) : null;
}

function joinText(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content
    .map((part: unknown) => textPartSchema.safeParse(part))
    .map((result) => (result.success ? result.data.text : ""))
    .filter((text) => text !== "")
    .join("\n");
}
