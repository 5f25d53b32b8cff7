import { isSchemaObject, parseTypes, type Schema, type SchemaObject } from "../grammar/schema-types.ts";
import type { Dialect } from "../schema/dialect.ts";
import {
  ALL_TYPES,
  ANY_BRANCH,
  type Assertion,
  type Branch,
  createBranch,
  NUMBER_BITS,
  type Scalar,
  TYPE_BITS,
} from "./branch.ts";
import type { Clause, ClauseContext } from "./clause.ts";
import { flip } from "./goal.ts";

const NUMBER_KEYWORDS = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"];
const STRING_KEYWORDS = ["minLength", "maxLength", "pattern", "format"];

/** `type`, `const`, `enum`, and the keywords about numbers and strings. */
export function createValueClauses(context: ClauseContext): Clause[] {
  const { schema, enforcesFormats } = context;
  const clauses: Clause[] = [];
  if (schema.type !== undefined) clauses.push(createTypeClause(context));
  if (Object.hasOwn(schema, "const")) clauses.push(createConstantClause(context, "const", [schema.const]));
  if (Array.isArray(schema.enum)) clauses.push(createConstantClause(context, "enum", schema.enum));
  for (const keyword of NUMBER_KEYWORDS) {
    if (schema[keyword] !== undefined)
      clauses.push(createAssertionClause("number", keyword, schema[keyword]));
  }
  for (const keyword of STRING_KEYWORDS) {
    if (schema[keyword] === undefined || (keyword === "format" && !enforcesFormats)) continue;
    clauses.push(createAssertionClause("string", keyword, schema[keyword]));
  }
  return clauses;
}

function createTypeClause({ schema, path }: ClauseContext): Clause {
  let types = 0;
  for (const type of parseTypes(schema, path) ?? [])
    types |= type === "number" ? NUMBER_BITS : TYPE_BITS[type];
  return {
    keyword: "type",
    holds: () => [createBranch({ types, isTyped: true })],
    fails: () => (types === ALL_TYPES ? [] : [createBranch({ types: ALL_TYPES & ~types, isTyped: true })]),
  };
}

/** Scalars are listed; arrays and objects become schemas that only they meet, so that other keywords join in. */
function createConstantClause(context: ClauseContext, keyword: string, values: readonly unknown[]): Clause {
  const scalars = new Map<string, Scalar>();
  const composites: Schema[] = [];
  for (const value of values) {
    if (isScalar(value)) scalars.set(JSON.stringify(value), value);
    else composites.push(context.constantSchema(value));
  }
  const literals = () => composites.map((schema, index) => context.literal(schema, `${keyword}/${index}`));
  return {
    keyword,
    holds: () => [
      ...(scalars.size > 0 ? [createBranch({ allowed: scalars, isTyped: true })] : []),
      // A constant looks at all of a value, but evaluates nothing in the sense of `unevaluated…`.
      ...literals().flatMap((literal) => context.expand(literal).map(forgetEvaluated)),
    ],
    fails: () =>
      context.product([
        { keyword, branches: () => [createBranch({ excluded: scalars })] },
        ...literals().map((literal) => ({ keyword, branches: () => context.expand(flip(literal)) })),
      ]),
  };
}

function forgetEvaluated(branch: Branch): Branch {
  return { ...branch, evaluated: ANY_BRANCH.evaluated };
}

function isScalar(value: unknown): value is Scalar {
  return typeof value !== "object" || value === null;
}

/** A schema that this array or object meets and nothing else. */
export function createConstantSchema(value: unknown, dialect: Dialect): SchemaObject {
  if (Array.isArray(value)) {
    const keyword = dialect === "draft-07" ? "items" : "prefixItems";
    const items = value.map((item) => ({ const: item as unknown }));
    const prefix = items.length === 0 ? {} : { [keyword]: items };
    return { type: "array", minItems: value.length, maxItems: value.length, ...prefix };
  }
  const entries = isSchemaObject(value) ? Object.entries(value) : [];
  return {
    type: "object",
    properties: Object.fromEntries(entries.map(([name, inner]) => [name, { const: inner }])),
    required: entries.map(([name]) => name),
    additionalProperties: false,
  };
}

function createAssertionClause(part: "number" | "string", keyword: string, value: unknown): Clause {
  const bits = part === "number" ? NUMBER_BITS : TYPE_BITS.string;
  const create = (sign: boolean, parts: Partial<Branch>) => {
    const assertion: Assertion = { keyword, value, sign };
    return [createBranch({ [part]: [assertion], ...parts })];
  };
  return {
    keyword,
    holds: () => create(true, { hintedTypes: bits }),
    fails: () => create(false, { types: bits }),
  };
}
