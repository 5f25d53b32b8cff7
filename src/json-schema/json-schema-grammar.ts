import { createGrammarRules } from "./grammar/grammar-rules.ts";
import { createStringLanguages } from "./grammar/string-languages.ts";
import { createValueRules, type ValueRulesOptions } from "./grammar/value-rules.ts";
import { JsonSchemaError, JsonSchemaLimitError } from "./json-schema-error.ts";
import { createNumberLanguages } from "./language/number-language.ts";
import type { BranchLimits } from "./logic/branch-product.ts";
import { createExpander } from "./logic/expand.ts";
import { createGoal } from "./logic/goal.ts";
import { type ReadSchema, readSchema } from "./schema/read-schema.ts";
import { refuseEndlessReferences } from "./schema/refuse-endless-references.ts";
import { createSchemaDocument } from "./schema/schema-document.ts";

export interface JsonSchemaGrammar {
  /** GBNF whose `root` matches compact JSON (no whitespace) with properties in the schema's order. */
  readonly grammar: string;
  /** JSON pointers of the keywords that the grammar leaves open; validate the answer for them. */
  readonly unenforced: readonly string[];
  /** JSON pointers of the schemas that were closed: they say nothing about further properties, or about the type. */
  readonly closed: readonly string[];
}

export interface JsonSchemaGrammarOptions {
  /**
   * "closed": an object that declares properties and says nothing about others has no others, and a schema that names
   * no type is about the type of its keywords. "open": exactly what the specification says.
   */
  readonly objects?: "closed" | "open";
  /** Whether `format` binds, or only describes. */
  readonly formats?: "enforce" | "annotate";
}

/**
 * Compiles a JSON Schema (2020-12, or draft-07 where `$schema` says so) to a llama.cpp grammar.
 *
 * The grammar matches each value of the schema that is not closed off, written compactly and in order, and no others
 * unless a keyword is listed in `unenforced`. Throws JsonSchemaError, naming path and keyword, when the schema is
 * malformed, allows no value or is past a limit.
 */
export function createJsonSchemaGrammar(
  schema: unknown,
  options: JsonSchemaGrammarOptions = {},
): JsonSchemaGrammar {
  const read = readSchema(schema);
  for (const limits of EFFORTS) {
    try {
      return compile(read, { ...options, limits });
    } catch (error) {
      // A cheaper grammar that leaves more to validation is better than none.
      if (!(error instanceof JsonSchemaLimitError) || limits === EFFORTS.at(-1)) throw error;
    }
  }
  throw new JsonSchemaLimitError("# is too complex to compile");
}

/** How many ways to meet one schema are followed up: at first, and each time that is too many. */
const EFFORTS: readonly BranchLimits[] = [
  { maxBranches: 128, maxUnion: 256 },
  { maxBranches: 8, maxUnion: 256 },
  { maxBranches: 8, maxUnion: 8 },
];

function compile(
  read: ReadSchema,
  options: JsonSchemaGrammarOptions & { readonly limits: BranchLimits },
): JsonSchemaGrammar {
  const { objects = "closed", formats = "enforce", limits } = options;
  try {
    const document = createSchemaDocument(read.schema, read.dialect);
    refuseEndlessReferences(document);
    const expander = createExpander({ document, enforcesFormats: formats === "enforce", limits });
    return writeGrammar({
      expander,
      isClosing: objects === "closed",
      languages: createStringLanguages(),
      numbers: createNumberLanguages(),
      foundEmpty: new Set(),
    });
  } catch (error) {
    // The stack is the one limit that is not counted.
    if (error instanceof RangeError) throw new JsonSchemaLimitError("# is nested too deeply");
    throw error;
  }
}

/** A schema in which one empty goal after the other shows up gets no more tries than this. */
const MAX_TRIES = 12;

/** That a goal is empty may show only when it is written: then all is written again, without what needs it. */
function writeGrammar(
  options: Omit<ValueRulesOptions, "rules" | "unenforced" | "closed">,
): JsonSchemaGrammar {
  const { expander, foundEmpty } = options;
  const goal = createGoal([expander.root]);
  for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
    const rules = createGrammarRules();
    const unenforced = new Set<string>();
    const closed = new Set<string>();
    const before = foundEmpty.size;
    const values = createValueRules({ ...options, rules, unenforced, closed });
    if (values.isEmpty(goal)) throw new JsonSchemaError("# allows no value");
    const root = values.add(goal);
    if (foundEmpty.size === before)
      return { grammar: rules.toText(root), unenforced: [...unenforced], closed: [...closed] };
  }
  throw new JsonSchemaLimitError("# is too complex to compile");
}
