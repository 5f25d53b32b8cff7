import type { Literal } from "./goal.ts";

/** JSON's types as bits, numbers split into the whole ones and the others. */
export const TYPE_BITS = {
  null: 1,
  boolean: 2,
  integer: 4,
  fraction: 8,
  string: 16,
  array: 32,
  object: 64,
} as const;
export const NUMBER_BITS = TYPE_BITS.integer | TYPE_BITS.fraction;
export const ALL_TYPES = 127;
export const SCALAR_TYPES = ALL_TYPES & ~TYPE_BITS.array & ~TYPE_BITS.object;

export type Scalar = string | number | boolean | null;

/** One assertion about numbers or strings: `keyword: value` holds, or with a false sign does not. */
export interface Assertion {
  readonly keyword: string;
  readonly value: unknown;
  readonly sign: boolean;
}

/** Which keys are meant: the named ones and those that match a pattern, or when negated all others. */
export interface KeyMatcher {
  readonly names: readonly string[];
  readonly patterns: readonly string[];
  readonly isNegated: boolean;
}

/** Every property whose key is meant has a value that meets the literals. */
export interface KeyRule {
  readonly matcher: KeyMatcher;
  readonly literals: readonly Literal[];
}

/** At least one property has a key that is meant and meets `keyLiterals`, and a value that meets `literals`. */
export interface SomeRule extends KeyRule {
  readonly keyLiterals: readonly Literal[];
}

export interface ContainsRule {
  readonly literal: Literal;
  /** Items before this index do not count. */
  readonly from: number;
  readonly least: number;
  readonly most: number;
}

export interface ArrayPart {
  readonly prefix: readonly (readonly Literal[])[];
  readonly rest: readonly Literal[];
  readonly least: number;
  readonly most: number;
  readonly contains: readonly ContainsRule[];
  readonly isUnique: boolean;
}

export interface ObjectPart {
  readonly rules: readonly KeyRule[];
  readonly keyLiterals: readonly Literal[];
  readonly required: readonly string[];
  readonly least: number;
  readonly most: number;
  readonly some: readonly SomeRule[];
}

/** What the keywords met so far have looked at, for `unevaluatedProperties` and `unevaluatedItems`. */
export interface Evaluated {
  readonly names: readonly string[];
  readonly patterns: readonly string[];
  readonly hasAllProperties: boolean;
  readonly itemCount: number;
  readonly containing: readonly Literal[];
}

/**
 * One way to meet a goal, free of `anyOf`, `not`, `$ref` and the like: for each type, what a value of it must look
 * like. A goal is met exactly by the values of its branches together, or by fewer where a branch names keywords as open.
 */
export interface Branch {
  readonly types: number;
  /** The scalars allowed, by their JSON text; undefined when they are not listed. Arrays and objects are then out. */
  readonly allowed: ReadonlyMap<string, Scalar> | undefined;
  readonly excluded: ReadonlyMap<string, Scalar>;
  readonly number: readonly Assertion[];
  readonly string: readonly Assertion[];
  readonly array: ArrayPart;
  readonly object: ObjectPart;
  readonly evaluated: Evaluated;
  /** Names in the order in which the schemas that hold declare them. */
  readonly declared: readonly string[];
  /** Pointers of keywords that this branch leaves open. */
  readonly open: readonly string[];
  /** Whether a schema says which type it is about; otherwise a keyword of one type lets all others pass. */
  readonly isTyped: boolean;
  /** Types that keywords speak about without naming the type. */
  readonly hintedTypes: number;
  /** Whether a schema that holds has `properties`. */
  readonly declaresProperties: boolean;
  /** Pointers of the schemas with keywords of one type, for the report of what was closed. */
  readonly closable: readonly string[];
  /** Whether a schema says what further properties may be. */
  readonly isAdditionalSettled: boolean;
}

export const ANY_BRANCH: Branch = {
  types: ALL_TYPES,
  allowed: undefined,
  excluded: new Map(),
  number: [],
  string: [],
  array: { prefix: [], rest: [], least: 0, most: Number.POSITIVE_INFINITY, contains: [], isUnique: false },
  object: {
    rules: [],
    keyLiterals: [],
    required: [],
    least: 0,
    most: Number.POSITIVE_INFINITY,
    some: [],
  },
  evaluated: { names: [], patterns: [], hasAllProperties: false, itemCount: 0, containing: [] },
  declared: [],
  open: [],
  isTyped: false,
  hintedTypes: 0,
  declaresProperties: false,
  closable: [],
  isAdditionalSettled: false,
};

export function createBranch(parts: Partial<Branch>): Branch {
  return { ...ANY_BRANCH, ...parts };
}

export function createArrayBranch(array: Partial<ArrayPart>, parts: Partial<Branch> = {}): Branch {
  return { ...ANY_BRANCH, hintedTypes: TYPE_BITS.array, ...parts, array: { ...ANY_BRANCH.array, ...array } };
}

export function createObjectBranch(object: Partial<ObjectPart>, parts: Partial<Branch> = {}): Branch {
  return {
    ...ANY_BRANCH,
    hintedTypes: TYPE_BITS.object,
    ...parts,
    object: { ...ANY_BRANCH.object, ...object },
  };
}
