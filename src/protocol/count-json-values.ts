/**
 * How many values a JSON text has, about: every object, list and comma is one. Stops counting at `limit`, so that a text
 * of many is found out before anybody makes objects of it. Takes any text: of one that is no JSON the count says nothing.
 */
export function countJsonValues(text: string, limit: number): number {
  let count = 0;
  MARKS.lastIndex = 0;
  for (let mark = MARKS.exec(text); mark !== null && count < limit; mark = MARKS.exec(text)) {
    if (mark[0] !== '"') count += 1;
    else MARKS.lastIndex = findStringEnd(text, mark.index);
  }
  return count;
}

const MARKS = /["{[,]/g;
const BACKSLASH = 0x5c;

/** Place behind the closing quote, or the text's end. */
function findStringEnd(text: string, start: number): number {
  let at = text.indexOf('"', start + 1);
  while (at >= 0 && isEscaped(text, at)) at = text.indexOf('"', at + 1);
  return at < 0 ? text.length : at + 1;
}

function isEscaped(text: string, at: number): boolean {
  let first = at;
  while (text.charCodeAt(first - 1) === BACKSLASH) first -= 1;
  return (at - first) % 2 === 1;
}
