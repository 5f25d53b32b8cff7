import { type Bound, createLowerBoundPattern, createUpperBoundPattern } from "./bound-pattern.ts";
import { createDecimal, createScaledInteger } from "./decimal.ts";
import { withinLimits } from "./language-limit-error.ts";
import { createMultiplesAutomaton } from "./multiples-automaton.ts";
import { RegularLanguage } from "./regular-language.ts";

export interface NumberConstraints {
  /** Whole numbers, numbers that are not whole, or both. */
  readonly kind: "integer" | "fraction" | "number";
  readonly assertions: readonly NumberAssertion[];
  /** Values that must not be written. */
  readonly excluded?: readonly number[];
}

/** `keyword: value` holds, or with a false sign does not. */
interface NumberAssertion {
  readonly keyword: string;
  readonly value: unknown;
  readonly sign: boolean;
}

interface NumberLanguage {
  readonly language: RegularLanguage;
  /** Keywords that the language leaves open. */
  readonly left: readonly string[];
}

export type NumberLanguages = (constraints: NumberConstraints) => NumberLanguage;

/** As many digits as JavaScript writes before it turns to exponents, and some; a model must come to an end. */
const MAX_WHOLE_DIGITS = 25;
const MAX_FRACTION_DIGITS = 22;
/** Larger automata make grammars that cost more than the constraint is worth. */
const MAX_WRITTEN_CELLS = 6000;

/**
 * The texts of the numbers that meet the constraints, in plain decimal notation: no exponent, no leading zero, no
 * minus before a zero, whole numbers of kind "integer" without a point. Equal constraints are worked out once.
 */
export function createNumberLanguages(): NumberLanguages {
  const shapes = new Map<string, RegularLanguage>();
  const known = new Map<string, NumberLanguage>();

  function getShape(kind: NumberKind, digits: string): RegularLanguage {
    const key = `${kind} ${digits}`;
    const shape = shapes.get(key) ?? createShape(kind, digits);
    shapes.set(key, shape);
    return shape;
  }

  function create(constraints: NumberConstraints): NumberLanguage {
    const parts = listParts(constraints);
    const bounded = join(getShape(constraints.kind, `{0,${MAX_WHOLE_DIGITS - 1}}`), parts);
    if (bounded.left.length === 0) return bounded;
    // Digits without end are the lesser evil where counting them makes the automaton too large.
    const endless = join(getShape(constraints.kind, "*"), parts);
    return endless.left.length < bounded.left.length ? endless : bounded;
  }

  return (constraints) => {
    const key = JSON.stringify(constraints);
    const language = known.get(key) ?? create(constraints);
    known.set(key, language);
    return language;
  };
}

type NumberKind = NumberConstraints["kind"];

interface Part {
  readonly keyword: string;
  /** Undefined when no automaton can hold the keyword to its value. */
  readonly language: RegularLanguage | undefined;
}

/** Bounds first: what they leave is small, which keeps the multiples small. */
function listParts({ kind, assertions, excluded = [] }: NumberConstraints): Part[] {
  const isMultiple = ({ keyword }: NumberAssertion) => keyword === "multipleOf";
  const ordered = [...assertions.filter((one) => !isMultiple(one)), ...assertions.filter(isMultiple)];
  return [
    ...ordered.map((assertion) => ({
      keyword: assertion.keyword,
      language: withinLimits(() => createAssertionLanguage(assertion, kind)),
    })),
    ...excluded.map((value) => ({ keyword: "enum", language: createValueLanguage(value).complement() })),
  ];
}

function join(shape: RegularLanguage, parts: readonly Part[]): NumberLanguage {
  let joined = shape;
  const left = new Set<string>();
  for (const { keyword, language } of parts) {
    const narrowed = language && withinLimits(() => joined.intersect(language));
    if (narrowed === undefined || countCells(narrowed) > MAX_WRITTEN_CELLS) left.add(keyword);
    else joined = narrowed;
  }
  return { language: joined, left: [...left] };
}

function countCells({ automaton }: RegularLanguage): number {
  return automaton.stateCount * automaton.classes.length;
}

function createShape(kind: NumberKind, digits: string): RegularLanguage {
  const whole = `(?:0|[1-9]\\d${digits})`;
  const fraction = `\\.\\d{1,${MAX_FRACTION_DIGITS}}`;
  switch (kind) {
    case "integer":
      return compile(`^(?!-0)-?${whole}$`);
    case "fraction":
      return compile(`^(?=.*\\.\\d*[1-9])-?${whole}${fraction}$`);
    case "number":
      return compile(`^(?!-0(?:\\.0*)?$)-?${whole}(?:${fraction})?$`);
    default:
      return kind satisfies never;
  }
}

function createAssertionLanguage(assertion: NumberAssertion, kind: NumberKind): RegularLanguage | undefined {
  const { keyword, value, sign } = assertion;
  if (typeof value !== "number") return undefined;
  if (keyword === "multipleOf") return createMultiples(value, { sign, kind });
  const isLower = (keyword === "minimum" || keyword === "exclusiveMinimum") === sign;
  const isIncluded = (keyword === "minimum" || keyword === "maximum") === sign;
  return createBounded({ value: createDecimal(value), isIncluded }, isLower);
}

function createBounded(bound: Bound, isLower: boolean): RegularLanguage | undefined {
  const { whole, fraction, isNegative } = bound.value;
  if (whole.length > MAX_WHOLE_DIGITS) {
    // Whatever can be written lies between such bounds, or beyond them.
    return isLower === isNegative ? RegularLanguage.any() : undefined;
  }
  if (fraction.length > MAX_FRACTION_DIGITS) return undefined;
  return compile(isLower ? createLowerBoundPattern(bound) : createUpperBoundPattern(bound));
}

function createMultiples(
  step: number,
  { sign, kind }: { readonly sign: boolean; readonly kind: NumberKind },
): RegularLanguage | undefined {
  if (step <= 0) return undefined;
  let { units, fractionDigits } = createScaledInteger(step);
  if (kind === "integer") {
    units /= findCommonDivisor(units, 10n ** BigInt(fractionDigits));
    fractionDigits = 0;
  }
  const multiples = RegularLanguage.fromAutomaton(createMultiplesAutomaton({ units, fractionDigits }));
  return sign ? multiples : multiples.complement();
}

/** The value however many zeros are written behind it. */
function createValueLanguage(value: number): RegularLanguage {
  const { isNegative, whole, fraction } = createDecimal(value);
  const rest = fraction === "" ? "(?:\\.0*)?" : `\\.${fraction}0*`;
  return compile(`^${isNegative ? "-" : ""}${whole}${rest}$`);
}

function findCommonDivisor(left: bigint, right: bigint): bigint {
  return right === 0n ? left : findCommonDivisor(right, left % right);
}

function compile(source: string): RegularLanguage {
  const language = RegularLanguage.fromPattern(source);
  if (language === undefined) throw new Error("a pattern of our own is not supported");
  return language;
}
