import { createJsonEndFinder } from "../../json-end.ts";

/** Tells when a JSON object or array is closed, so that no decode is spent on the end-of-text token. */
export function createJsonEndDetector(): (text: string) => boolean {
  const findEnd = createJsonEndFinder();
  return (text) => findEnd(text) >= 0;
}
