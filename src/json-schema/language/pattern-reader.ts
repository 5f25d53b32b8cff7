import { UnsupportedPatternError } from "./pattern-syntax.ts";

/** A cursor over the characters of a pattern. */
export interface PatternReader {
  readonly characters: readonly string[];
  /** Read as with the `u` flag; else as without, where a needless escape is the character itself. */
  readonly isStrict: boolean;
  position: number;
  depth: number;
}

export function peek(reader: PatternReader, offset = 0): string {
  return reader.characters[reader.position + offset] ?? "";
}

export function take(reader: PatternReader): string {
  const character = reader.characters[reader.position];
  if (character === undefined) throw new UnsupportedPatternError("the pattern ends too early");
  reader.position++;
  return character;
}

export function takeIf(reader: PatternReader, text: string): boolean {
  const characters = [...text];
  if (!characters.every((character, index) => peek(reader, index) === character)) return false;
  reader.position += characters.length;
  return true;
}

/** What stands before the next `end`, which is read too. */
export function takeUntil(reader: PatternReader, end: string): string {
  let text = "";
  for (let character = take(reader); character !== end; character = take(reader)) text += character;
  return text;
}
