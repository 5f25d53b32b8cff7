import type { CodePointSet } from "./code-points.ts";

/** A regular expression, read. */
export type PatternNode =
  | { readonly kind: "set"; readonly set: CodePointSet }
  | { readonly kind: "sequence"; readonly parts: readonly PatternNode[] }
  | { readonly kind: "choice"; readonly options: readonly PatternNode[] }
  | { readonly kind: "repeat"; readonly part: PatternNode; readonly least: number; readonly most: number }
  | { readonly kind: "assertion"; readonly assertion: Assertion }
  | { readonly kind: "lookahead"; readonly part: PatternNode; readonly isNegative: boolean };

export type Assertion = "start" | "end" | "boundary" | "no-boundary";

/** A pattern beyond regular languages or beyond this reader: back references, lookbehind, inline flags. */
export class UnsupportedPatternError extends Error {
  override readonly name = "UnsupportedPatternError";
}
