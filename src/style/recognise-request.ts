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
 * `outfits` outweighs what the closing sentence says; its "one to five" means one, as the backend uses the first only.
 */
export function recogniseRequest(
  request: { messages: readonly MessageLike[]; outfits?: number | undefined },
  lexicon: Lexicon,
): Brief | null {
  const last = request.messages.findLast((message) => message.role === "user");
  const text = last ? joinText(last.content) : "";
  const parsed = parseBackendText(text);
  return parsed
    ? parseBrief({ ...parsed, outfits: request.outfits ?? readOutfitCount(text) }, lexicon)
    : null;
}

const COUNTS = ["one", "two", "three", "four", "five"];
const COUNT = `(${COUNTS.join("|")}|[1-5])`;

/** The number in a closing such as "Return exactly three outfits"; a range, or no number, means one. */
function readOutfitCount(text: string): number {
  const closing = text.trimEnd().split("\n").at(-1) ?? "";
  const match = new RegExp(`(?<!(?:to|or|-|–)\\s?)\\b${COUNT} (?:[a-z]+ )?outfits?\\b`, "i").exec(closing);
  const word = match?.[1]?.toLowerCase() ?? "1";
  return COUNTS.includes(word) ? COUNTS.indexOf(word) + 1 : Number(word);
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
