import { escapePointer, isSchemaObject, type Schema } from "../grammar/schema-types.ts";
import { type Branch, createObjectBranch } from "./branch.ts";
import { findMost, nameLeftOpen } from "./branch-product.ts";
import type { Clause, ClauseContext } from "./clause.ts";
import { flip, type Literal } from "./goal.ts";
import { createAbsent, OBJECTS_ONLY } from "./object-clauses.ts";

/** The keywords that apply schemas to the value itself. */
export function createApplicatorClauses(context: ClauseContext): Clause[] {
  const { schema, dialect } = context;
  const clauses: Clause[] = [];
  if (typeof schema.$ref === "string")
    clauses.push(createAllClause(context, "$ref", [context.resolve("$ref")]));
  if (typeof schema.$dynamicRef === "string" && dialect !== "draft-07") {
    clauses.push(createAllClause(context, "$dynamicRef", [context.resolve("$dynamicRef")]));
  }
  for (const keyword of ["allOf", "anyOf", "oneOf"] as const) {
    const schemas = schema[keyword];
    if (!Array.isArray(schemas)) continue;
    const literals = schemas.map((inner: Schema, index) => context.literal(inner, `${keyword}/${index}`));
    clauses.push(CREATORS[keyword](context, keyword, literals));
  }
  if (isSchema(schema.not)) clauses.push(createNotClause(context, context.literal(schema.not, "not")));
  if (isSchema(schema.if)) clauses.push(createConditionClause(context, schema.if));
  return [...clauses, ...createDependencyClauses(context)];
}

type Creator = (context: ClauseContext, keyword: string, literals: readonly Literal[]) => Clause;

const createAllClause: Creator = (context, keyword, literals) => ({
  keyword,
  holds: () =>
    context.product(literals.map((literal) => ({ keyword, branches: () => context.expand(literal) }))),
  fails: () => literals.flatMap((literal) => context.expand(flip(literal))),
});

const createAnyClause: Creator = (context, keyword, literals) => ({
  keyword,
  holds: () =>
    context.precision === "exact"
      ? expandEachOutcome(context, keyword, literals)
      : literals.flatMap((literal) => context.expand(literal)),
  fails: () =>
    context.product(literals.map((literal) => ({ keyword, branches: () => context.expand(flip(literal)) }))),
});

/** Every alternative holds or does not, and at least one does: each outcome on its own. */
function expandEachOutcome(
  context: ClauseContext,
  keyword: string,
  literals: readonly Literal[],
): readonly Branch[] {
  return literals.flatMap((holding, index) =>
    context.product([
      ...literals
        .slice(0, index)
        .map((earlier) => ({ keyword, branches: () => context.expand(flip(earlier)) })),
      { keyword, branches: () => context.expand(holding) },
      ...literals.slice(index + 1).map((later) => ({
        keyword,
        branches: () => [...context.expand(later), ...context.expand(flip(later))],
      })),
    ]),
  );
}

const createOneClause: Creator = (context, keyword, literals) => {
  const holding = (literal: Literal) => ({ keyword, branches: () => context.expand(literal) });
  const failing = (literal: Literal) => ({ keyword, branches: () => context.expand(flip(literal)) });
  const others = (literal: Literal) =>
    literals.filter((other) => other !== literal && !context.exclude(literal, other));
  return {
    keyword,
    holds() {
      const any = literals.flatMap((literal) => context.expand(literal));
      if (context.precision === "loose") return any;
      const most = findMost(context.limits, any.length);
      const pointer = `${context.path}/oneOf`;
      const exactly: Branch[] = [];
      for (const literal of literals) {
        const alone = context.product([holding(literal), ...others(literal).map(failing)]);
        exactly.push(...alone);
        const isOver = exactly.length > most || alone.some(({ open }) => open.includes(pointer));
        // What is exact in part only has to be validated all the same, and costs more than the union.
        if (isOver) return nameLeftOpen(any, pointer);
      }
      return exactly;
    },
    fails: () => [
      ...context.product(literals.map(failing)),
      ...literals.flatMap((literal, index) =>
        others(literal)
          .filter((other) => literals.indexOf(other) > index)
          .flatMap((other) => context.product([holding(literal), holding(other)])),
      ),
    ],
  };
};

const CREATORS = { allOf: createAllClause, anyOf: createAnyClause, oneOf: createOneClause };

function createNotClause(context: ClauseContext, literal: Literal): Clause {
  return {
    keyword: "not",
    holds: () => context.expand(flip(literal)),
    fails: () => context.expand(literal),
  };
}

function createConditionClause(context: ClauseContext, condition: Schema): Clause {
  const { schema } = context;
  const test = context.literal(condition, "if");
  const branch = (outcome: Literal, then: Literal | undefined) =>
    context.product([
      { keyword: "if", branches: () => context.expand(outcome) },
      ...(then === undefined ? [] : [{ keyword: "then", branches: () => context.expand(then) }]),
    ]);
  const then = isSchema(schema.then) ? context.literal(schema.then, "then") : undefined;
  const otherwise = isSchema(schema.else) ? context.literal(schema.else, "else") : undefined;
  const isIdle = then === undefined && otherwise === undefined && context.precision !== "exact";
  return {
    keyword: "if",
    holds: () => (isIdle ? context.product([]) : [...branch(test, then), ...branch(flip(test), otherwise)]),
    fails: () => [
      ...(then === undefined ? [] : branch(test, flip(then))),
      ...(otherwise === undefined ? [] : branch(flip(test), flip(otherwise))),
    ],
  };
}

/** What has to hold when a property is there: names of other properties, or a schema. */
function createDependencyClauses(context: ClauseContext): Clause[] {
  const { schema, dialect } = context;
  const keywords = dialect === "draft-07" ? ["dependencies"] : ["dependentRequired", "dependentSchemas"];
  return keywords.flatMap((keyword) => {
    const map = schema[keyword];
    if (!isSchemaObject(map)) return [];
    return Object.entries(map).map(([name, demand]) =>
      Array.isArray(demand)
        ? createNamesDependency({ keyword, name, demanded: demand })
        : createSchemaDependency(context, {
            keyword,
            name,
            literal: context.literal(demand as Schema, `${keyword}/${escapePointer(name)}`),
          }),
    );
  });
}

function createNamesDependency(rule: { keyword: string; name: string; demanded: readonly string[] }): Clause {
  const { keyword, name, demanded } = rule;
  return {
    keyword,
    // An absent property is the other way to comply, and says nothing about the type.
    holds: () => [createAbsent(name, {}), createPresent([name, ...demanded])],
    fails: () =>
      demanded
        .filter((other) => other !== name)
        .map((other) => {
          const absent = createAbsent(other);
          return { ...absent, object: { ...absent.object, required: [name] } };
        }),
  };
}

function createSchemaDependency(
  context: ClauseContext,
  rule: { keyword: string; name: string; literal: Literal },
): Clause {
  const { keyword, name, literal } = rule;
  const present = { keyword, branches: () => [createPresent([name])] };
  return {
    keyword,
    holds: () => [
      createAbsent(name, {}),
      ...context.product([present, { keyword, branches: () => context.expand(literal) }]),
    ],
    fails: () => context.product([present, { keyword, branches: () => context.expand(flip(literal)) }]),
  };
}

function createPresent(names: readonly string[]): Branch {
  return createObjectBranch({ required: names }, { ...OBJECTS_ONLY, declared: names });
}

function isSchema(value: unknown): value is Schema {
  return typeof value === "boolean" || isSchemaObject(value);
}
