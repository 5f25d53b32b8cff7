import type { z } from "zod";

export interface IssueDescription {
  readonly message: string;
  readonly code: string;
}

interface IssueContext {
  readonly issue: z.core.$ZodIssue;
  /** Path of the parameter, "" for the body itself. */
  readonly param: string;
  readonly value: unknown;
}

/** Parameters that the specification counts in whole numbers; their range errors have codes of their own. */
const INTEGER_PARAMS = new Set([
  "n",
  "seed",
  "max_tokens",
  "max_completion_tokens",
  "top_logprobs",
  "dimensions",
]);

/** Token ids are whole numbers too, wherever they stand. */
function isIntegerParam(param: string): boolean {
  return INTEGER_PARAMS.has(param) || /^input(\[\d+\])+$/.test(param);
}

/** Longest client value that is repeated in a message: long ones may be a misplaced prompt. */
const MAX_ECHO_LENGTH = 32;

export function describeIssue(context: IssueContext): IssueDescription {
  const { issue, param, value } = context;
  if (param === "") return describeBody(value);
  if (value === undefined) {
    return { message: `Missing required parameter: '${param}'.`, code: "missing_required_parameter" };
  }
  switch (issue.code) {
    case "invalid_type":
      return describeType(context, nameExpected(issue.expected, param));
    case "invalid_union":
      return "options" in issue && issue.options !== undefined
        ? describeValue(context, issue.options)
        : describeType(context, nameUnion(issue.errors));
    case "invalid_value":
      return describeValue(context, issue.values);
    case "too_big":
      return describeRange(context, { bound: Number(issue.maximum), isMaximum: true });
    case "too_small":
      return describeRange(context, { bound: Number(issue.minimum), isMaximum: false });
    case "invalid_format":
      return {
        message: `Invalid '${param}': string does not match pattern. Expected a string that matches the pattern '${nameOfPattern(issue)}'.`,
        code: "invalid_value",
      };
    default:
      if (isIntegerParam(param)) return describeType(context, "an integer");
      return { message: `Invalid value for '${param}'.`, code: "invalid_value" };
  }
}

function describeBody(value: unknown): IssueDescription {
  return {
    message: `Invalid request body: expected a JSON object, but got ${nameOf(value)} instead.`,
    code: "invalid_type",
  };
}

/** Without the slashes that JavaScript has around it. */
function nameOfPattern({ pattern, format }: z.core.$ZodIssueInvalidStringFormat): string {
  return (pattern ?? format).replace(/^\/(.*)\/$/, "$1");
}

type Subject = Pick<IssueContext, "param" | "value">;

function describeType({ param, value }: Subject, expected: string): IssueDescription {
  return {
    message: `Invalid type for '${param}': expected ${expected}, but got ${nameOf(value)} instead.`,
    code: "invalid_type",
  };
}

function describeValue({ param, value }: Subject, supported: readonly unknown[]): IssueDescription {
  if (typeof value !== "string") return describeType({ param, value }, "a string");
  const shown = value.length > MAX_ECHO_LENGTH ? `Invalid value for '${param}'` : `Invalid value: '${value}'`;
  const list = supported.map((item) => `'${String(item)}'`).join(", ");
  return { message: `${shown}. Supported values are: ${list}.`, code: "invalid_value" };
}

function describeRange(
  context: IssueContext,
  range: { bound: number; isMaximum: boolean },
): IssueDescription {
  const { param, value } = context;
  if (typeof value === "number") return describeNumberRange({ param, value, ...range });
  const kind = Array.isArray(value) ? "array" : "string";
  const length = Array.isArray(value) || typeof value === "string" ? value.length : 0;
  const limit = `${range.isMaximum ? "maximum" : "minimum"} length ${range.bound}`;
  const article = kind === "array" ? "an array" : "a string";
  if (length === 0) {
    return {
      message: `Invalid '${param}': empty ${kind}. Expected ${article} with ${limit}, but got an empty ${kind} instead.`,
      code: `empty_${kind}`,
    };
  }
  return {
    message: `Invalid '${param}': ${kind} too ${range.isMaximum ? "long" : "short"}. Expected ${article} with ${limit}, but got ${article} with length ${length} instead.`,
    code: `${kind}_${range.isMaximum ? "above_max" : "below_min"}_length`,
  };
}

function describeNumberRange(range: {
  param: string;
  value: number;
  bound: number;
  isMaximum: boolean;
}): IssueDescription {
  const kind = isIntegerParam(range.param) ? "integer" : "decimal";
  const side = range.isMaximum ? "above maximum" : "below minimum";
  const sign = range.isMaximum ? "<=" : ">=";
  return {
    message: `Invalid '${range.param}': ${kind} ${side} value. Expected a value ${sign} ${range.bound}, but got ${range.value} instead.`,
    code: `${kind}_${range.isMaximum ? "above_max" : "below_min"}_value`,
  };
}

function nameExpected(expected: string, param: string): string {
  if (expected === "int") return "an integer";
  if (expected === "number") return isIntegerParam(param) ? "an integer" : "a decimal";
  if (expected === "record") return "an object";
  return withArticle(expected);
}

function nameUnion(branches: readonly (readonly z.core.$ZodIssue[])[]): string {
  const names = branches.flatMap(([issue]) => (issue?.code === "invalid_type" ? [issue.expected] : []));
  const known = [...new Set(names)].filter((name) => name !== "null").map(withArticle);
  return known.length > 1 ? `one of ${known.join(" or ")}` : (known[0] ?? "another type");
}

function nameOf(value: unknown): string {
  if (value === undefined || value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "number") return Number.isInteger(value) ? "an integer" : "a decimal";
  return withArticle(typeof value);
}

function withArticle(noun: string): string {
  return /^[aeiou]/.test(noun) ? `an ${noun}` : `a ${noun}`;
}
