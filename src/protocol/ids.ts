import { randomBytes } from "node:crypto";

/** UUIDv7 (RFC 9562): 48 bits of Unix milliseconds, then random bits, so ids sort by time. */
export function createUuidV7(nowMs: number = Date.now()): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(nowMs, 0, 6);
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  const hex = bytes.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** The id a client sees on an answer; carries the inference id so that feedback can name either. */
export function createCompletionId(inferenceId: string): string {
  return `chatcmpl-${inferenceId.replaceAll("-", "")}`;
}

/** The inference's UUID, from itself or from an id that a client saw: `chatcmpl-…`, `cmpl-…`, `resp_…`. */
export function parseInferenceId(text: string): string {
  const digits = text
    .replace(/^(chatcmpl-|cmpl-|resp_)/, "")
    .replaceAll("-", "")
    .toLowerCase();
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** The id by which a tool's result names the call it answers. */
export function createToolCallId(): string {
  return `call_${randomBytes(12).toString("hex")}`;
}
