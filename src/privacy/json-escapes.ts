const CODED = /(\\+)(?:u([\da-fA-F]{4})|\/)/g;
const ESCAPE = /(\\+(?:["/bfnrt]|u[\da-fA-F]{4})?)/;

/**
 * JSON in which letters that need no escape have none: `\u00fc` becomes `ü` and `\/` a slash, the same to every reader.
 * What stands behind several backslashes is JSON within JSON's strings and is left as it is.
 */
export function decodeEscapes(text: string): string {
  if (!text.includes("\\u") && !text.includes("\\/")) return text;
  return text.replace(CODED, (written, backslashes: string, code: string | undefined) => {
    if (backslashes.length > 1) return written;
    const letter = code === undefined ? "/" : String.fromCharCode(Number.parseInt(code, 16));
    return needsEscape(letter) ? written : letter;
  });
}

/** Text by turns with escapes; an escape begins with a backslash, a text never does. */
export function splitAtEscapes(text: string): string[] {
  return text.split(ESCAPE);
}

/** Control characters, quotes, backslashes, and halves of surrogate pairs. */
function needsEscape(letter: string): boolean {
  return JSON.stringify(letter) !== `"${letter}"`;
}
