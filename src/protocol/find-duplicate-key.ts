/**
 * The first key that an object of a JSON text has twice; null when there is none. `JSON.parse` silently takes the last
 * one, other readers the first: what a filter in between has seen may not be what a model gets.
 * @param text one that `JSON.parse` accepts; the scanner relies on it
 */
export function findDuplicateKey(text: string): string | null {
  /** Keys of the objects around the place read, null for lists. */
  const open: (Keys | null)[] = [];
  let keys: Keys | null = null;
  let at = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const end = findStringEnd(text, at);
      if (keys !== null && isFollowedByColon(text, end)) {
        const key = readKey(text.slice(at, end));
        if (!keys.add(key)) return key;
      }
      at = end;
      continue;
    }
    if (code === BRACE_OPEN || code === BRACKET_OPEN) {
      open.push(keys);
      keys = code === BRACE_OPEN ? createKeys() : null;
    } else if (code === BRACE_CLOSE || code === BRACKET_CLOSE) keys = open.pop() ?? null;
    at += 1;
  }
  return null;
}

interface Keys {
  /** False when the key is there already. */
  add(key: string): boolean;
}

/** Most objects have a handful of keys, where looking through a list beats a set. */
const LIST_LENGTH = 12;

function createKeys(): Keys {
  const list: string[] = [];
  let set: Set<string> | null = null;
  return {
    add(key) {
      if (set === null ? list.includes(key) : set.has(key)) return false;
      if (set !== null) set.add(key);
      else if (list.push(key) > LIST_LENGTH) set = new Set(list);
      return true;
    },
  };
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const BRACE_OPEN = 0x7b;
const BRACE_CLOSE = 0x7d;
const BRACKET_OPEN = 0x5b;
const BRACKET_CLOSE = 0x5d;

/** Place behind the closing quote. Jumps from quote to quote: an image is megabytes without one. */
function findStringEnd(text: string, start: number): number {
  let at = text.indexOf('"', start + 1);
  while (isEscaped(text, at)) at = text.indexOf('"', at + 1);
  return at + 1;
}

function isEscaped(text: string, at: number): boolean {
  let first = at;
  while (text.charCodeAt(first - 1) === BACKSLASH) first -= 1;
  return (at - first) % 2 === 1;
}

function isFollowedByColon(text: string, end: number): boolean {
  let at = end;
  while (isSpace(text.charCodeAt(at))) at += 1;
  return text.charCodeAt(at) === COLON;
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

function readKey(literal: string): string {
  // A quoted literal parses to a string.
  return literal.includes("\\") ? (JSON.parse(literal) as string) : literal.slice(1, -1);
}
