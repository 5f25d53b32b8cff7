/** What addresses in a document without one of its own are relative to. */
export const BASE_URI = "https://document.invalid/";

const CHARACTERS =
  /^(?:[a-z][a-z\d+.-]*:|(?![^/?#]*:))(?:\/\/[^/?#]*)?(?:[^\s"%<>[\\\]^`{|}]|%[\da-f]{2})*$/i;

/** RFC 3986, with letters beyond ASCII (RFC 3987). The language's own parser takes spaces and the like. */
export function isUriReference(text: string): boolean {
  return CHARACTERS.test(text) && URL.canParse(text, BASE_URI);
}
