import { afterAll, describe, expect, it } from "vitest";
import { createSchemaCompiler } from "../../../src/json-schema/compiler/schema-compiler.ts";
import { JsonSchemaError, JsonSchemaLimitError } from "../../../src/json-schema/json-schema-error.ts";
import { createCostlySchema, createSlowSchema } from "../support/costly-schemas.ts";

const compiler = createSchemaCompiler({ deadlineMs: 20_000 });
afterAll(() => compiler.close());

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
    const slow = compiler.compile(createSlowSchema(1)).catch(() => null);
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
    const slow = hasty.compile(createSlowSchema(2));
    await expect(slow).rejects.toThrow("# takes too long to compile");
    await hasty.close();
    await expect(compiler.compile({ type: "boolean" })).resolves.toMatchObject({ unenforced: [] });
  });

  it("goes on with a schema that one of two clients no longer waits for", async () => {
    const leaving = new AbortController();
    const schema = () => createSlowSchema(3);
    const left = compiler.compile(schema(), leaving.signal);
    const stayed = compiler.compile(schema(), new AbortController().signal);
    leaving.abort(new Error("the client left"));
    await expect(left).rejects.toThrow("the client left");
    await expect(stayed).resolves.toHaveProperty("grammar");
  });

  it("gives up a schema that nobody waits for any more", { timeout: 60_000 }, async () => {
    const patient = createSchemaCompiler({ deadlineMs: 600_000, firstTryMs: 20, maxWaitMs: 600_000 });
    const leaving = new AbortController();
    const left = [1, 1].map(() => patient.compile(createCostlySchema(1), leaving.signal));
    // Needs more than a short try, too: it would wait for the other one.
    const slow = patient.compile(createSlowSchema(4));
    setTimeout(() => leaving.abort(new Error("the client left")), 1000);
    await Promise.all(left.map((each) => expect(each).rejects.toThrow("the client left")));
    await expect(slow).resolves.toHaveProperty("grammar");
    await patient.close();
  });

  it("asks again for a schema that was given up", async () => {
    const leaving = new AbortController();
    const left = compiler.compile(createSlowSchema(5), leaving.signal);
    leaving.abort(new Error("the client left"));
    await expect(left).rejects.toThrow("the client left");
    await expect(compiler.compile(createSlowSchema(5))).resolves.toHaveProperty("grammar");
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
