import type { Schema, SchemaObject } from "../grammar/schema-types.ts";
import { type Branch, createArrayBranch, TYPE_BITS } from "./branch.ts";
import type { Clause, ClauseContext } from "./clause.ts";
import { flip, type Literal } from "./goal.ts";

const ARRAYS_ONLY = { types: TYPE_BITS.array };

/** The keywords about arrays, `unevaluatedItems` excepted. */
export function createArrayClauses(context: ClauseContext): Clause[] {
  const { schema } = context;
  const { prefix, rest } = readItems(context);
  const clauses: Clause[] = [];
  if (prefix !== undefined) clauses.push(createPrefixClause(context, prefix));
  if (rest !== undefined)
    clauses.push(
      createRestClause({
        ...rest,
        literal: context.literal(rest.schema, rest.keyword),
        from: prefix?.schemas.length ?? 0,
      }),
    );
  if (typeof schema.minItems === "number") clauses.push(createLeastClause(schema.minItems));
  if (typeof schema.maxItems === "number") clauses.push(createMostClause(schema.maxItems));
  if (schema.contains !== undefined) clauses.push(createContainsClause(context));
  if (schema.uniqueItems === true) clauses.push(createUniqueClause(context));
  return clauses;
}

interface PrefixItems {
  readonly keyword: string;
  readonly schemas: readonly Schema[];
}

function readItems({ schema, dialect }: ClauseContext) {
  const isListForm = dialect === "draft-07";
  const keyword = isListForm ? "items" : "prefixItems";
  const listed = schema[keyword];
  const prefix: PrefixItems | undefined = Array.isArray(listed) ? { keyword, schemas: listed } : undefined;
  const restKeyword = isListForm && prefix !== undefined ? "additionalItems" : "items";
  const rest = schema[restKeyword];
  return {
    prefix,
    rest: isSchema(rest) ? { keyword: restKeyword, schema: rest } : undefined,
  };
}

function createPrefixClause(context: ClauseContext, { keyword, schemas }: PrefixItems): Clause {
  const literals = schemas.map((schema, index) => context.literal(schema, `${keyword}/${index}`));
  return {
    keyword,
    holds: () => [
      createArrayBranch(
        { prefix: literals.map((literal) => [literal]) },
        { evaluated: { ...NOTHING_EVALUATED, itemCount: literals.length } },
      ),
    ],
    fails: () =>
      literals.map((literal, index) => {
        const prefix = Array.from({ length: index + 1 }, (_, at) => (at === index ? [flip(literal)] : []));
        return createArrayBranch({ prefix, least: index + 1 }, ARRAYS_ONLY);
      }),
  };
}

function createRestClause(rest: {
  readonly keyword: string;
  readonly literal: Literal;
  readonly from: number;
}): Clause {
  const { keyword, literal, from } = rest;
  return {
    keyword,
    holds: () => [
      createArrayBranch(
        { prefix: Array.from({ length: from }, () => []), rest: [literal] },
        { evaluated: { ...NOTHING_EVALUATED, itemCount: Number.POSITIVE_INFINITY } },
      ),
    ],
    fails: () => [createContaining({ literal: flip(literal), from, least: 1 })],
  };
}

function createContaining(rule: { literal: Literal; from: number; least: number }): Branch {
  const contains = [{ ...rule, most: Number.POSITIVE_INFINITY }];
  return createArrayBranch({ contains, least: rule.from + rule.least }, ARRAYS_ONLY);
}

function createLeastClause(least: number): Clause {
  return {
    keyword: "minItems",
    holds: () => [createArrayBranch({ least })],
    fails: () => (least === 0 ? [] : [createArrayBranch({ most: least - 1 }, ARRAYS_ONLY)]),
  };
}

function createMostClause(most: number): Clause {
  return {
    keyword: "maxItems",
    holds: () => [createArrayBranch({ most })],
    fails: () => [createArrayBranch({ least: most + 1 }, ARRAYS_ONLY)],
  };
}

function createContainsClause(context: ClauseContext): Clause {
  const { schema, dialect } = context;
  const literal = context.literal(schema.contains as Schema, "contains");
  // draft-07 knows no counts, and does not count what it finds as evaluated.
  const isCounted = dialect !== "draft-07";
  const least = isCounted ? readCount(schema, "minContains", 1) : 1;
  const most = isCounted
    ? readCount(schema, "maxContains", Number.POSITIVE_INFINITY)
    : Number.POSITIVE_INFINITY;
  const evaluated = { ...NOTHING_EVALUATED, containing: [literal] };
  return {
    keyword: "contains",
    holds: () => [createArrayBranch({ contains: [{ literal, from: 0, least, most }], least }, { evaluated })],
    fails: () => {
      const tooFew = { literal, from: 0, least: 0, most: least - 1 };
      const tooMany = { literal, from: 0, least: most + 1, most: Number.POSITIVE_INFINITY };
      return [
        ...(least > 0 ? [createArrayBranch({ contains: [tooFew] }, ARRAYS_ONLY)] : []),
        ...(most < Number.POSITIVE_INFINITY
          ? [createArrayBranch({ contains: [tooMany], least: most + 1 }, ARRAYS_ONLY)]
          : []),
      ];
    },
  };
}

function createUniqueClause({ path }: ClauseContext): Clause {
  return {
    keyword: "uniqueItems",
    holds: () => [createArrayBranch({ isUnique: true })],
    // Which items are alike is more than a grammar can carry along.
    fails: () => [createArrayBranch({ least: 2 }, { ...ARRAYS_ONLY, open: [`${path}/uniqueItems`] })],
  };
}

function readCount(schema: SchemaObject, keyword: string, otherwise: number): number {
  const value = schema[keyword];
  return typeof value === "number" ? value : otherwise;
}

const NOTHING_EVALUATED = {
  names: [],
  patterns: [],
  hasAllProperties: false,
  itemCount: 0,
  containing: [],
};

function isSchema(value: unknown): value is Schema {
  return typeof value === "boolean" || (typeof value === "object" && value !== null && !Array.isArray(value));
}
