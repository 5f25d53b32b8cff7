import { escapePointer, isSchemaObject, type Schema } from "../grammar/schema-types.ts";
import {
  type Branch,
  createBranch,
  createObjectBranch,
  type Evaluated,
  type KeyMatcher,
  TYPE_BITS,
} from "./branch.ts";
import type { Clause, ClauseContext } from "./clause.ts";
import { flip, type Literal } from "./goal.ts";

export const OBJECTS_ONLY = { types: TYPE_BITS.object };
const NO_PROPERTIES: Evaluated = {
  names: [],
  patterns: [],
  hasAllProperties: false,
  itemCount: 0,
  containing: [],
};

/** The keywords about objects, `unevaluatedProperties` and the dependencies excepted. */
export function createObjectClauses(context: ClauseContext): Clause[] {
  const { schema } = context;
  const clauses: Clause[] = [];
  if (isSchemaObject(schema.properties)) clauses.push(createPropertiesClause(context, schema.properties));
  if (isSchemaObject(schema.patternProperties))
    clauses.push(createPatternsClause(context, schema.patternProperties));
  if (isSchema(schema.additionalProperties))
    clauses.push(createAdditionalClause(context, schema.additionalProperties));
  if (Array.isArray(schema.required)) clauses.push(createRequiredClause(schema.required));
  if (isSchema(schema.propertyNames)) {
    clauses.push(createNamesClause(context.literal(schema.propertyNames, "propertyNames")));
  }
  if (typeof schema.minProperties === "number") clauses.push(createLeastClause(schema.minProperties));
  if (typeof schema.maxProperties === "number") clauses.push(createMostClause(schema.maxProperties));
  return clauses;
}

function createNameMatcher(name: string): KeyMatcher {
  return { names: [name], patterns: [], isNegated: false };
}

function createPropertiesClause(
  context: ClauseContext,
  properties: Readonly<Record<string, unknown>>,
): Clause {
  const entries = Object.entries(properties).map(([name, schema]) => ({
    name,
    literal: context.literal(schema as Schema, `properties/${escapePointer(name)}`),
  }));
  const names = entries.map(({ name }) => name);
  return {
    keyword: "properties",
    holds: () => [
      createObjectBranch(
        {
          rules: entries.map(({ name, literal }) => ({
            matcher: createNameMatcher(name),
            literals: [literal],
          })),
        },
        { declared: names, declaresProperties: true, evaluated: { ...NO_PROPERTIES, names } },
      ),
    ],
    fails: () =>
      entries
        .filter(({ literal }) => literal.node.schema !== true)
        .map(({ name, literal }) =>
          createObjectBranch(
            { rules: [{ matcher: createNameMatcher(name), literals: [flip(literal)] }], required: [name] },
            { ...OBJECTS_ONLY, declared: [name] },
          ),
        ),
  };
}

function createPatternsClause(context: ClauseContext, schemas: Readonly<Record<string, unknown>>): Clause {
  const rules = Object.entries(schemas).map(([pattern, schema]) => ({
    matcher: { names: [], patterns: [pattern], isNegated: false },
    literals: [context.literal(schema as Schema, `patternProperties/${escapePointer(pattern)}`)],
  }));
  const evaluated = { ...NO_PROPERTIES, patterns: Object.keys(schemas) };
  return {
    keyword: "patternProperties",
    holds: () => [createObjectBranch({ rules }, { evaluated })],
    fails: () => rules.map(({ matcher, literals }) => createSomeBranch(matcher, literals.map(flip))),
  };
}

function createAdditionalClause(context: ClauseContext, schema: Schema): Clause {
  const { properties, patternProperties } = context.schema;
  const matcher: KeyMatcher = {
    names: isSchemaObject(properties) ? Object.keys(properties) : [],
    patterns: isSchemaObject(patternProperties) ? Object.keys(patternProperties) : [],
    isNegated: true,
  };
  const literal = context.literal(schema, "additionalProperties");
  return {
    keyword: "additionalProperties",
    holds: () => [
      createObjectBranch(
        { rules: [{ matcher, literals: [literal] }] },
        { isAdditionalSettled: true, evaluated: { ...NO_PROPERTIES, hasAllProperties: true } },
      ),
    ],
    fails: () => [createSomeBranch(matcher, [flip(literal)])],
  };
}

export function createSomeBranch(matcher: KeyMatcher, literals: readonly Literal[]): Branch {
  return createObjectBranch({ some: [{ matcher, literals, keyLiterals: [] }], least: 1 }, OBJECTS_ONLY);
}

function createRequiredClause(required: readonly string[]): Clause {
  return {
    keyword: "required",
    holds: () => [createObjectBranch({ required }, { declared: required })],
    fails: () => required.map((name) => createAbsent(name)),
  };
}

/** Objects without this property. */
export function createAbsent(name: string, parts: Partial<Branch> = OBJECTS_ONLY): Branch {
  return createBranch({
    ...parts,
    object: {
      ...createObjectBranch({}).object,
      rules: [{ matcher: createNameMatcher(name), literals: [FORBIDDEN] }],
    },
  });
}

/** `false`, which stands nowhere in the document. */
const FORBIDDEN: Literal = {
  node: { id: -1, schema: false, path: "#", resource: undefined as never },
  scope: { id: 0, resources: [] },
  sign: true,
};

function createNamesClause(literal: Literal): Clause {
  return {
    keyword: "propertyNames",
    holds: () => [createObjectBranch({ keyLiterals: [literal] })],
    fails: () => {
      const some = [{ matcher: ANY_KEY, literals: [], keyLiterals: [flip(literal)] }];
      return [createObjectBranch({ some, least: 1 }, OBJECTS_ONLY)];
    },
  };
}

const ANY_KEY: KeyMatcher = { names: [], patterns: [], isNegated: true };

function createLeastClause(least: number): Clause {
  return {
    keyword: "minProperties",
    holds: () => [createObjectBranch({ least })],
    fails: () => (least === 0 ? [] : [createObjectBranch({ most: least - 1 }, OBJECTS_ONLY)]),
  };
}

function createMostClause(most: number): Clause {
  return {
    keyword: "maxProperties",
    holds: () => [createObjectBranch({ most })],
    fails: () => [createObjectBranch({ least: most + 1 }, OBJECTS_ONLY)],
  };
}

function isSchema(value: unknown): value is Schema {
  return typeof value === "boolean" || isSchemaObject(value);
}
