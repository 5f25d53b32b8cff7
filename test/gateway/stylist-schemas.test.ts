import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createStylistDomain } from "../../src/config/stylist-domain.ts";
import { createAnswerFormats } from "../../src/gateway/answer-format.ts";
import { createLiveRoutes } from "../../src/gateway/live-routes.ts";
import { createSchemaCompiler } from "../../src/json-schema/compiler/schema-compiler.ts";
import { routeSchema } from "../../src/routing/route.ts";
import { loadLexicon } from "../../src/style/load-lexicon.ts";
import { createBackendRequest, createPlanFormat } from "../support/backend-request.ts";
import { createShippedProvider } from "../support/shipped-engine.ts";
import { startTestGateway, type TestGateway } from "./support/test-gateway.ts";

/** Plans of the shipped model on a busy machine. */
const PATIENCE_MS = 240_000;

const schemas = createSchemaCompiler({ deadlineMs: 60_000 });
const formats = createAnswerFormats(schemas);
let tailor: TestGateway;

beforeAll(async () => {
  const lexicon = loadLexicon("data/style");
  const local = createShippedProvider({ sequences: 1, schemas, stallMs: 600_000 });
  const createRoute = (name: string, constraints: boolean) =>
    routeSchema.parse({
      name,
      models: [name],
      targets: [{ id: "local", provider: "local", model: "default", percent: 100 }],
      timeoutMs: PATIENCE_MS,
      consent: "train",
      constraints,
    });
  const routes = createLiveRoutes({
    routes: [createRoute("tightened", true), createRoute("plain", false)],
    passthrough: undefined,
  });
  const domain = createStylistDomain({ lexicon, formats });
  tailor = await startTestGateway({ providers: [local], deps: { routes, formats, domain } });
  await vi.waitFor(() => expect(local.health().state).toBe("ready"), { timeout: PATIENCE_MS, interval: 50 });
}, PATIENCE_MS);
afterAll(async () => {
  await tailor.close();
  await schemas.close();
});

type Schema = Record<string, unknown>;

/** The backend's schema with parts changed: of an item's properties, or of the list of items. */
function createFormat(change: { price?: "string" | "number"; item?: Schema; items?: Schema }) {
  const format = createPlanFormat(change.price ?? "string");
  const text = JSON.stringify(format, (key, value: unknown) => {
    if (key === "items" && isArraySchema(value)) return { ...value, ...change.items };
    const property = change.item?.[key];
    return property !== undefined && typeof value === "object" && !Array.isArray(value) ? property : value;
  });
  return JSON.parse(text) as ReturnType<typeof createPlanFormat>;
}

function isArraySchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && "type" in value && value.type === "array";
}

/** Asks for a plan; returns it with its row in the log. */
async function ask(model: string, response_format?: ReturnType<typeof createPlanFormat>) {
  const request = { ...createBackendRequest(), model, seed: 7, ...(response_format && { response_format }) };
  const completion = await tailor.client.chat.completions.create(request);
  await tailor.gateway.idle();
  await tailor.store.flush();
  const { rows } = await tailor.store.reader.listInferences({ limit: 1 });
  const text = completion.choices[0]?.message.content ?? "";
  const format = await formats.prepare(response_format ?? { type: "json_object" });
  return { plan: JSON.parse(text), row: rows[0], fault: format?.findFault(text) };
}

const failedChecks = (row: Awaited<ReturnType<typeof ask>>["row"]) =>
  row?.verdicts?.hardChecks.filter(({ ok }) => !ok);

test("steering is told in the log, and is the route's to switch", { timeout: PATIENCE_MS }, async () => {
  const steered = await ask("tightened");
  expect(steered.row).toMatchObject({ promptVersion: expect.stringMatching(/\+constraint-4$/) });
  expect(steered.row?.interventions).toBeTypeOf("number");
  expect(steered.row?.fieldRetries).toBeTypeOf("number");
  expect(steered.row?.decoding).toBe("tightened");
  expect(failedChecks(steered.row)).toEqual([]);
  const plain = await ask("plain", createPlanFormat("string"));
  expect(plain.row).toMatchObject({ promptVersion: null, interventions: null, fieldRetries: null });
  expect(plain.row?.decoding).toBe("constrained");
  expect(plain.fault).toBeNull();
});

test("a schema that takes only some plans narrows the steering", { timeout: PATIENCE_MS }, async () => {
  const integer = { type: "integer", minimum: 0 };
  const types = ["top", "bottom", "shoes", "bag"];
  const narrow = createFormat({
    price: "number",
    item: { min: integer, max: integer, type: { type: "string", enum: types } },
    items: { minItems: 4, maxItems: 4 },
  });
  const { plan, row, fault } = await ask("tightened", narrow);
  expect(row?.promptVersion).toMatch(/constraint/);
  expect(fault).toBeNull();
  expect(failedChecks(row)).toEqual([]);
  const { items } = plan.outfits[0];
  expect(items).toHaveLength(4);
  for (const item of items) {
    expect(item.max).toSatisfy(Number.isInteger);
    expect(types).toContain(item.type);
  }
});

test("a schema that the steering might break steers alone", { timeout: PATIENCE_MS }, async () => {
  const brand = { type: "string", enum: ["Own Label", "No Name"] };
  const { plan, row, fault } = await ask("tightened", createFormat({ item: { brand } }));
  expect(row).toMatchObject({ decoding: "constrained", promptVersion: null, interventions: null });
  expect(fault).toBeNull();
  expect(["Own Label", "No Name"]).toContain(plan.outfits[0].items[0].brand);
});
