import { afterAll, describe, expect, it } from "vitest";
import { createSchemaCompiler } from "../../../src/json-schema/compiler/schema-compiler.ts";
import { JsonSchemaError, JsonSchemaLimitError } from "../../../src/json-schema/json-schema-error.ts";

const compiler = createSchemaCompiler({ deadlineMs: 20_000 });
afterAll(() => compiler.close());

/** Each alternative overlaps each other one: telling them apart takes ever more combinations. */
function createSlowSchema(): Record<string, unknown> {
  const branches = Array.from({ length: 20 }, (_, index) => ({
    properties: Object.fromEntries(
      Array.from({ length: 8 }, (_, at) => [
        `p${at}`,
        { multipleOf: index + 2, pattern: `^(a|b){${index},60}c` },
      ]),
    ),
  }));
  return { oneOf: branches, allOf: [{ anyOf: branches }, { not: { anyOf: branches } }] };
}

describe("the schema compiler", () => {
  it("gives a grammar and a check of whole answers", async () => {
    const { grammar, check, closed, unenforced } = await compiler.compile({
      type: "object",
      properties: { size: { type: "integer", minimum: 1 }, tags: { type: "array", uniqueItems: true } },
      required: ["size"],
    });
    expect(grammar).toContain("root ::=");
    expect(closed).toEqual(["#"]);
    expect(unenforced).toEqual(["#/properties/tags/uniqueItems"]);
    expect(check({ size: 1, tags: [1, 2] })).toBeNull();
    expect(check({ size: 1, tags: [1, 1] })).toBe("/tags does not hold to 'uniqueItems'");
  });

  it("compiles a schema once, however often and by whomever it is asked for", async () => {
    const schema = () => ({ type: "string", maxLength: 3 });
    const [first, second] = await Promise.all([compiler.compile(schema()), compiler.compile(schema())]);
    expect(second).toBe(first);
    expect(await compiler.compile(schema())).toBe(first);
  });

  it.each([
    [
      "a keyword of the wrong type",
      { properties: { a: { minLength: "3" } } },
      "#/properties/a/minLength must be",
    ],
    ["a broken expression", { items: { pattern: "(" } }, "#/items/pattern must be a regular expression"],
    [
      "a reference to another document",
      { $ref: "https://example.com/schema.json" },
      "#/$ref points at another document",
    ],
    [
      "a reference to a file",
      { properties: { a: { $ref: "file:///etc/passwd" } } },
      "points at another document",
    ],
    ["a schema without values", { allOf: [{ type: "string" }, { type: "null" }] }, "# allows no value"],
    ["a schema that is endless in itself", { anyOf: [{ $ref: "#" }, {}] }, "# refers to itself without end"],
  ])("refuses %s and says where", async (_name, schema, message) => {
    await expect(compiler.compile(schema)).rejects.toThrow(message);
    await expect(compiler.compile(schema)).rejects.toBeInstanceOf(JsonSchemaError);
  });

  it.each([
    ["too large", { enum: ["x".repeat(70_000)] }],
    ["too deep", Array.from({ length: 60 }).reduce<object>((inner) => ({ items: inner }), {})],
    ["with too many properties", createWide(2001)],
  ])("refuses a schema %s before it costs anything", async (_name, schema) => {
    await expect(compiler.compile(schema as Record<string, unknown>)).rejects.toBeInstanceOf(
      JsonSchemaLimitError,
    );
  });

  it("leaves this thread to others while a hostile schema compiles", async () => {
    let turns = 0;
    let isOver = false;
    const slow = compiler.compile(createSlowSchema()).catch(() => null);
    void slow.then(() => {
      isOver = true;
    });
    while (!isOver) {
      await new Promise((resolve) => setImmediate(resolve));
      turns++;
    }
    // Compiled in this thread, it would let next to nothing else happen.
    expect(turns).toBeGreaterThan(20);
  });

  it("gives up on a schema past the deadline, and compiles the next one", async () => {
    const hasty = createSchemaCompiler({ deadlineMs: 1 });
    const slow = hasty.compile(createSlowSchema());
    await expect(slow).rejects.toThrow("# takes too long to compile");
    await hasty.close();
    await expect(compiler.compile({ type: "boolean" })).resolves.toMatchObject({ unenforced: [] });
  });

  it("is told of a schema that nobody may wait for any more", async () => {
    const closing = createSchemaCompiler();
    const refused = expect(closing.compile({ type: "string" })).rejects.toThrow(
      "The schema compiler is closed.",
    );
    await closing.close();
    await refused;
  });
});

function createWide(count: number): object {
  return { properties: Object.fromEntries(Array.from({ length: count }, (_, index) => [`p${index}`, {}])) };
}
