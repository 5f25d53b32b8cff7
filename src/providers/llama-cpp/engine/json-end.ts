/**
 * Tells when a JSON object or array is closed, so that no decode is spent on the end-of-text token. Scalars have no
 * visible end: for them it stays false.
 */
export function createJsonEndDetector(): (text: string) => boolean {
  let depth = 0;
  let isInString = false;
  let isEscaped = false;
  return (text) => {
    for (const character of text) {
      if (isInString) {
        if (isEscaped) isEscaped = false;
        else if (character === "\\") isEscaped = true;
        else if (character === '"') isInString = false;
      } else if (character === '"') {
        isInString = true;
      } else if (character === "{" || character === "[") {
        depth++;
      } else if ((character === "}" || character === "]") && --depth === 0) {
        return true;
      }
    }
    return false;
  };
}
