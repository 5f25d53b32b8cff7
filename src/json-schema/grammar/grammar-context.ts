import type { NumberLanguages } from "../language/number-language.ts";
import type { RegularLanguage } from "../language/regular-language.ts";
import type { Branch, Scalar } from "../logic/branch.ts";
import type { Goal, Literal } from "../logic/goal.ts";
import type { GrammarRules } from "./grammar-rules.ts";
import type { StringLanguages } from "./string-languages.ts";

/** What the rules for one schema are written with. */
export interface GrammarContext {
  readonly rules: GrammarRules;
  readonly languages: StringLanguages;
  readonly numbers: NumberLanguages;
  /** Numbers that can be counted in steps. */
  preciseNumbers(): RegularLanguage;
  readonly isClosing: boolean;
  /** Name of a rule for the values that meet the goal, which must not be empty. */
  add(goal: Goal): string;
  /** Name of a rule for the strings of a language. */
  addText(language: RegularLanguage): string;
  /** "The value is this one." */
  constant(value: Scalar): Literal;
  isEmpty(goal: Goal): boolean;
  /** The goal's branches that some value meets. */
  expand(goal: Goal): readonly Branch[];
  /** The keys that meet a goal about keys. */
  keysOf(goal: Goal): RegularLanguage | undefined;
  /** Remembers pointers of keywords that the grammar leaves open; the answer is validated for them. */
  leaveOpen(pointers: readonly string[]): void;
  noteClosed(pointers: readonly string[]): void;
}
