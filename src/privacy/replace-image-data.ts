import { createHash } from "node:crypto";

/**
 * A copy of a JSON value in which every `data:` URL of an image is replaced by its hash and size: logs keep what was
 * sent recognisable without keeping people's pictures.
 */
export function replaceImageData(value: unknown): unknown {
  if (typeof value === "string") return value.startsWith("data:") ? describeDataUrl(value) : value;
  if (Array.isArray(value)) return value.map(replaceImageData);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, replaceImageData(inner)]));
}

function describeDataUrl(url: string): unknown {
  const match = /^data:(image\/[\w.+-]+)[^,]{0,200},/.exec(url);
  if (match === null) return url;
  const payload = url.slice(match[0].length);
  const bytes = match[0].endsWith(";base64,") ? Buffer.from(payload, "base64") : Buffer.from(payload);
  return {
    mediaType: match[1],
    sha256: createHash("sha256").update(bytes).digest("hex"),
    bytes: bytes.byteLength,
  };
}
