import type { GrammarRules } from "./grammar-rules.ts";
import type { Schema } from "./schema-types.ts";

/** Where in the schema the compiler stands. */
export interface SchemaPlace {
  /** JSON pointer, for messages and for naming what is not enforced. */
  readonly path: string;
  readonly depth: number;
  /** References entered since the last character that must be written: meeting one again would never end. */
  readonly openReferences: ReadonlySet<string>;
}

export interface SchemaCompiler {
  readonly rules: GrammarRules;
  /** Name of a rule that matches the values of `schema`. */
  add(schema: Schema, place: SchemaPlace): string;
  /** Remembers a keyword that the grammar leaves open; the answer is validated for it. */
  leaveOpen(place: SchemaPlace, keyword: string): void;
  countProperties(count: number): void;
}

/** The place one level down, behind a character that must be written: references may be entered again. */
export function descend(place: SchemaPlace, step: string): SchemaPlace {
  return { path: `${place.path}/${step}`, depth: place.depth + 1, openReferences: new Set() };
}
