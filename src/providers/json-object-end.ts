/** Finds where the JSON object that the pieces of text go on with ends; -1 while it is open. */
export function createObjectEndFinder(): (text: string) => number {
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
      else if (character === "{") depth++;
      else if (character === "}" && --depth === 0) return index + 1;
    }
    return -1;
  };
}
