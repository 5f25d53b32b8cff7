import { createHash } from "node:crypto";

export interface ImageDescription {
  readonly mediaType: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** What is kept of the picture in a `data:` URL, so that logs tell what was sent without showing it; null for other texts. */
export function describeImageUrl(url: string): ImageDescription | null {
  if (!url.startsWith("data:image/")) return null;
  const match = /^data:(image\/[\w.+-]+)[^,]{0,200},/.exec(url);
  if (match?.[1] === undefined) return null;
  const payload = url.slice(match[0].length);
  const bytes = match[0].endsWith(";base64,") ? Buffer.from(payload, "base64") : Buffer.from(payload);
  return {
    mediaType: match[1],
    sha256: createHash("sha256").update(bytes).digest("hex"),
    bytes: bytes.byteLength,
  };
}
