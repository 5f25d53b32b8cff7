/**
 * Finds where the JSON object or array that the pieces of text go on with ends: the index behind it in the piece at hand,
 * -1 while it is open. Scalars have no visible end: for them it stays -1.
 */
export function createJsonEndFinder(): (text: string) => number {
  let depth = 0;
  let isInString = false;
  let isEscaped = false;
  return (text) => {
    for (let index = 0; index < text.length; index++) {
      const character = text[index];
      if (isEscaped) isEscaped = false;
      else if (isInString) {
        if (character === "\\") isEscaped = true;
        else if (character === '"') isInString = false;
      } else if (character === '"') isInString = true;
      else if (character === "{" || character === "[") depth++;
      else if ((character === "}" || character === "]") && --depth === 0) return index + 1;
    }
    return -1;
  };
}
