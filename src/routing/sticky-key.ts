import { createHmac } from "node:crypto";
import type { ChatCompletionRequest } from "../protocol/chat-request.ts";

export interface StickyKeyInput {
  /** Value of `x-tailor-sticky-key`. */
  readonly header: string | undefined;
  readonly request: Pick<ChatCompletionRequest, "safety_identifier" | "user">;
}

/**
 * What stands for one user: the header, else the request's own fields; null when nobody is named. Never the API key or
 * the address: a backend has one of each for all its users.
 */
export function pickStickyKey({ header, request }: StickyKeyInput): string | null {
  return header?.trim() || request.safety_identifier || request.user || null;
}

/** The form in which a sticky key is stored: tells whether two are the same and, without the secret, nothing else. */
export function hashStickyKey(key: string, secret: string): string {
  return createHmac("sha256", secret).update(key).digest("hex");
}
