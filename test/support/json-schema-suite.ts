/** The public JSON-Schema-Test-Suite, as scripts/fetch-json-schema-suite.sh leaves it in the cache folder. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const SUITE_VERSION = "4.26.0";
export const DRAFTS = ["draft2020-12", "draft7"] as const;
export type Draft = (typeof DRAFTS)[number];

export interface SuiteCase {
  readonly name: string;
  readonly schema: unknown;
  readonly data: unknown;
  readonly valid: boolean;
}

const DIALECTS = {
  "draft2020-12": "https://json-schema.org/draft/2020-12/schema",
  draft7: "http://json-schema.org/draft-07/schema#",
};

function findFolder(draft: Draft): string {
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
  return join(cache, "tailor/json-schema-test-suite", SUITE_VERSION, "tests", draft);
}

export function hasSuite(): boolean {
  return DRAFTS.every((draft) => existsSync(findFolder(draft)));
}

/**
 * Every required case of a draft but those that need another document: a file from the suite's `remotes` folder, or an
 * address that nothing in the schema has. A schema without `$schema` gets its draft's.
 */
export function readSuite(draft: Draft): readonly SuiteCase[] {
  const folder = findFolder(draft);
  return readdirSync(folder)
    .filter((file) => file.endsWith(".json") && file !== "refRemote.json")
    .sort()
    .flatMap((file) => readFile(join(folder, file), { name: file.slice(0, -5), dialect: DIALECTS[draft] }));
}

interface SuiteGroup {
  readonly description: string;
  readonly schema: unknown;
  readonly tests: readonly {
    readonly description: string;
    readonly data: unknown;
    readonly valid: boolean;
  }[];
}

function readFile(path: string, draft: { readonly name: string; readonly dialect: string }): SuiteCase[] {
  const groups: readonly SuiteGroup[] = JSON.parse(readFileSync(path, "utf8"));
  return groups
    .filter(({ schema }) => !needsOtherDocuments(schema))
    .flatMap(({ description, schema, tests }) =>
      tests.map((test) => ({
        name: `${draft.name} › ${description} › ${test.description}`,
        schema: nameDialect(schema, draft.dialect),
        data: test.data,
        valid: test.valid,
      })),
    );
}

function nameDialect(schema: unknown, dialect: string): unknown {
  return isObject(schema) && schema.$schema === undefined ? { $schema: dialect, ...schema } : schema;
}

/** Whether a reference, or the dialect itself, is at an address that neither the schema nor a dialect has. */
function needsOtherDocuments(schema: unknown): boolean {
  const known = new Set<string>();
  const asked = new Set<string>();
  walk(schema, "https://document.invalid/", (object, base) => {
    known.add(withoutFragment(base));
    for (const keyword of ["$ref", "$dynamicRef", "$schema"]) {
      const reference = object[keyword];
      if (typeof reference !== "string") continue;
      asked.add(withoutFragment(URL.parse(reference, base)?.href ?? ""));
    }
  });
  return [...asked].some((uri) => !known.has(uri) && !/^https?:\/\/json-schema\.org\/draft/.test(uri));
}

function walk(
  value: unknown,
  base: string,
  visit: (object: Record<string, unknown>, base: string) => void,
): void {
  if (Array.isArray(value)) for (const item of value) walk(item, base, visit);
  if (!isObject(value)) return;
  const isPlainReference = value.$ref !== undefined && !String(value.$schema ?? "").includes("2020");
  const hasOwnBase = typeof value.$id === "string" && !value.$id.startsWith("#");
  const own = hasOwnBase ? (URL.parse(String(value.$id), base)?.href ?? base) : base;
  visit(value, isPlainReference && !hasOwnBase ? base : own);
  for (const [key, inner] of Object.entries(value))
    if (key !== "enum" && key !== "const") walk(inner, own, visit);
}

function withoutFragment(uri: string): string {
  return uri.replace(/#.*$/, "");
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
