import { afterAll, describe, expect, it } from "vitest";
import { createSchemaCompiler } from "../../../src/json-schema/compiler/schema-compiler.ts";
import { pickCallRules } from "../../../src/providers/llama-cpp/call-rules.ts";
import { pickResponseRules } from "../../../src/providers/llama-cpp/response-format.ts";
import type { ProviderCall } from "../../../src/providers/provider.ts";
import { createCall } from "./create-call.ts";

const schema = { type: "object", properties: { colour: { type: "string" } } };
const ASKING = [
  ["a response format", { response_format: { type: "json_schema", json_schema: { name: "x", schema } } }],
  ["a function", { tools: [{ type: "function", function: { name: "look", parameters: schema } }] }],
] as const satisfies readonly (readonly [string, object])[];

const busy = createSchemaCompiler({ maxWaiting: 0 });
const free = createSchemaCompiler();
afterAll(() => Promise.all([busy.close(), free.close()]));

const pick = (compiler: typeof busy, call: ProviderCall) =>
  pickCallRules(call, (format) => pickResponseRules({ compiler, format, signal: call.signal }));

describe("the schema of a call", () => {
  it.each(ASKING)(
    "of %s is refused as overload while too many are being compiled",
    async (_name, request) => {
      await expect(pick(busy, createCall(request as Parameters<typeof createCall>[0]))).rejects.toMatchObject(
        {
          kind: "overloaded",
          code: "engine_overloaded",
          retryAfterMs: 2000,
        },
      );
    },
  );

  it.each(ASKING)("of %s is not waited for when the client has left", async (_name, request) => {
    const controller = new AbortController();
    const call = createCall(request as Parameters<typeof createCall>[0], { signal: controller.signal });
    const rules = pick(free, call);
    controller.abort(new Error("the client left"));
    await expect(rules).rejects.toThrow("the client left");
  });
});
