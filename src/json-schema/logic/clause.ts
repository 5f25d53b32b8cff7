import type { Schema, SchemaObject } from "../grammar/schema-types.ts";
import type { Dialect } from "../schema/dialect.ts";
import type { Branch } from "./branch.ts";
import type { BranchLimits } from "./branch-product.ts";
import type { Literal } from "./goal.ts";

/** One keyword, or keywords that only mean something together: the branches that meet it and those that break it. */
export interface Clause {
  /** The keyword that is named when there are too many branches to follow. */
  readonly keyword: string;
  holds(): readonly Branch[];
  fails(): readonly Branch[];
}

/**
 * How precise an expansion is. `exact` also tells which alternatives hold besides one that is enough, for the keywords
 * that ask what was evaluated. `loose` may let too much through but never asks whether two schemas exclude each other.
 */
export type Precision = "plain" | "exact" | "loose";

/** What the clauses of one schema are made from. */
export interface ClauseContext {
  readonly schema: SchemaObject;
  readonly dialect: Dialect;
  readonly path: string;
  readonly precision: Precision;
  readonly enforcesFormats: boolean;
  readonly limits: BranchLimits;
  /** "The value at `step` below holds to `schema`"; `schema` may be one that stands nowhere in the document. */
  literal(schema: Schema, step: string): Literal;
  /** A schema that only this array or object meets; the same for the same object. */
  constantSchema(value: unknown): SchemaObject;
  /** "One of these holds", for literals with a true sign. */
  eitherOf(literals: readonly Literal[]): Literal;
  expand(literal: Literal): readonly Branch[];
  /** Literals for what `$ref` and `$dynamicRef` name. */
  resolve(keyword: "$ref" | "$dynamicRef"): Literal;
  /** True only when no value can meet both. */
  exclude(left: Literal, right: Literal): boolean;
  /** Branches that meet one of each list; past the limit a list is left out and named as open. */
  product(lists: readonly { readonly keyword: string; branches(): readonly Branch[] }[]): readonly Branch[];
}
