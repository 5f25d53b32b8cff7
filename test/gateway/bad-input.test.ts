import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ScriptedUpstream } from "../support/scripted-upstream.ts";
import { readJson, startTestGateway, type TestGateway } from "./support/test-gateway.ts";
import { answerWith, startUpstream } from "./support/upstreams.ts";

const COMPLETIONS = "/v1/chat/completions";
const good = { model: "stylist", messages: [{ role: "user", content: "hello" }] };

let upstream: ScriptedUpstream;
let tailor: TestGateway;

beforeAll(async () => {
  upstream = await startUpstream(answerWith("hi"));
  tailor = await startTestGateway({ upstreams: { first: upstream.baseUrl } });
});

afterAll(async () => {
  await tailor.close();
  await upstream.close();
});

async function expectEnvelope(response: Response, status: number) {
  expect(response.status).toBe(status);
  expect(response.headers.get("content-type")).toBe("application/json");
  expect(response.headers.get("x-request-id")).toBeTruthy();
  const body = await readJson(response);
  expect(Object.keys(body)).toEqual(["error"]);
  expect(Object.keys(body.error).sort()).toEqual(["code", "message", "param", "type"]);
  return body.error;
}

describe("a request that cannot be read", () => {
  test.each([
    ["not JSON", '{"model": "stylist", "secret prompt', 400, "invalid_json"],
    ["empty", "", 400, "invalid_json"],
    ["an array", "[]", 400, "invalid_type"],
    ["null", "null", 400, "invalid_type"],
    ["nested too deep", `${"[".repeat(100_000)}${"]".repeat(100_000)}`, 400, "body_too_deep"],
    ["with a key twice", '{"model":"stylist","model":"other","messages":[]}', 400, "duplicate_key"],
    [
      "with a key twice further in",
      '{"model":"stylist","messages":[{"role":"user","content":"secret prompt","content":"y"}]}',
      400,
      "duplicate_key",
    ],
    ["without messages", { model: "stylist" }, 400, "missing_required_parameter"],
    ["with a wrong type", { ...good, temperature: "hot" }, 400, "invalid_type"],
    ["with a temperature out of range", { ...good, temperature: 200 }, 400, "decimal_above_max_value"],
    ["for an unknown model", { ...good, model: "gpt-nothing" }, 404, "model_not_found"],
    ["larger than allowed", { ...good, padding: "x".repeat(300_000) }, 413, "request_too_large"],
    [
      "with a schema that is none",
      {
        ...good,
        response_format: { type: "json_schema", json_schema: { name: "x", schema: { type: "nonsense" } } },
      },
      400,
      "invalid_json_schema",
    ],
  ])("%s is refused in the envelope", async (_name, body, status, code) => {
    const error = await expectEnvelope(await tailor.post(COMPLETIONS, body), status);
    expect(error.code).toBe(code);
    expect(error.message).not.toContain("secret prompt");
  });

  test("of more values than anybody has use for is refused before they are made, a large text is not", async () => {
    await using roomy = await startTestGateway({
      settings: { limits: { maxBodyBytes: 4 * 1024 * 1024, maxDepth: 64 } },
    });
    const many = `{"model":"gpt-nothing","messages":[${"[],".repeat(250_000)}1]}`;
    const error = await expectEnvelope(await roomy.post(COMPLETIONS, many), 400);
    expect(error.code).toBe("body_too_complex");
    const content = "[],".repeat(250_000);
    const large = { model: "gpt-nothing", messages: [{ role: "user", content }] };
    expect((await expectEnvelope(await roomy.post(COMPLETIONS, large), 404)).code).toBe("model_not_found");
  });

  test("in bytes that are no UTF-8 is refused", async () => {
    const head = Buffer.from('{"model":"stylist","messages":[{"role":"user","content":"');
    const body = Buffer.concat([head, Buffer.from([0xc3, 0x28]), Buffer.from('"}]}')]);
    const headers = { "content-type": "application/json" };
    const response = await fetch(tailor.url + COMPLETIONS, { method: "POST", headers, body });
    expect((await expectEnvelope(response, 400)).code).toBe("invalid_json");
  });

  test.each([
    ["GET", "/v1/chat/completions", "POST"],
    ["PUT", "/v1/completions", "POST"],
    ["DELETE", "/v1/responses", "POST"],
    ["PATCH", "/v1/embeddings", "POST"],
    ["GET", "/generate", "POST"],
    ["POST", "/v1/models", "GET"],
    ["DELETE", "/v1/models/a/b", "GET"],
    ["POST", "/healthz", "GET"],
    ["DELETE", "/admin/routes/stylist", "GET, PUT"],
  ])("%s %s is a 405 that names what is allowed", async (method, path, allowed) => {
    const response = await fetch(tailor.url + path, { method });
    expect(response.headers.get("allow")).toBe(allowed);
    expect(response.headers.get("x-should-retry")).toBe("false");
    await expectEnvelope(response, 405);
  });

  test.each([
    ["GET", "/"],
    ["POST", "/v1"],
    ["POST", "/v1/nothing"],
    ["GET", "/v1/files"],
    ["OPTIONS", "/nowhere"],
    ["GET", "/%E0%A4%A"],
  ])("%s %s is a 404", async (method, path) => {
    expect((await expectEnvelope(await fetch(tailor.url + path, { method }), 404)).code).toBe("unknown_url");
  });

  test("names the parameter at fault", async () => {
    const messages = [{ role: "user", content: [{ type: "text" }] }];
    const error = await expectEnvelope(await tailor.post(COMPLETIONS, { ...good, messages }), 400);
    expect(error.param).toBe("messages[0].content[0].text");
  });

  test("larger than allowed is refused while it is still coming, whatever length was claimed", async () => {
    const status = await new Promise<number>((resolve, reject) => {
      const request = httpRequest(`${tailor.url}${COMPLETIONS}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
      });
      request.on("response", (response) => resolve(response.statusCode ?? 0)).on("error", reject);
      for (let index = 0; index < 30; index += 1) request.write("x".repeat(10_000));
    });
    expect(status).toBe(413);
  });

  test("sent as a form or compressed is a 415", async () => {
    const form = { "content-type": "application/x-www-form-urlencoded" };
    await expectEnvelope(await tailor.post(COMPLETIONS, "a=b", form), 415);
    await expectEnvelope(await tailor.post(COMPLETIONS, good, { "content-encoding": "gzip" }), 415);
  });

  test("to an unknown path is 404, with a wrong method 405 and the right one named", async () => {
    await expectEnvelope(await tailor.post("/v1/nothing", {}), 404);
    const response = await fetch(tailor.url + COMPLETIONS);
    expect(response.headers.get("allow")).toBe("POST");
    await expectEnvelope(response, 405);
  });
});

test("whatever JSON is sent, the answer is 200 or an envelope below 500", async () => {
  const message = fc.record({ role: fc.constantFrom("user", "system", "robot"), content: fc.jsonValue() });
  const body = fc.oneof(
    fc.jsonValue(),
    fc.record(
      {
        model: fc.constantFrom("stylist", "nothing"),
        messages: fc.oneof(fc.array(message, { maxLength: 3 }), fc.jsonValue()),
        stream: fc.oneof(fc.boolean(), fc.jsonValue()),
        response_format: fc.jsonValue(),
        stop: fc.jsonValue(),
        metadata: fc.jsonValue(),
      },
      { requiredKeys: ["model"] },
    ),
  );
  await fc.assert(
    fc.asyncProperty(body, async (value) => {
      const response = await tailor.post(COMPLETIONS, JSON.stringify(value));
      const text = await response.text();
      expect(response.status).toBeLessThan(500);
      if (response.status !== 200) expect(JSON.parse(text).error.message).toBeTypeOf("string");
    }),
    { numRuns: 100 },
  );
});

test("a schema whose pattern never ends cannot hold up the gateway", async () => {
  upstream.setDefault(answerWith(JSON.stringify({ text: `${"a".repeat(40)}!` })));
  const schema = { type: "object", properties: { text: { type: "string", pattern: "^(a+)+$" } } };
  const response_format = { type: "json_schema", json_schema: { name: "slow", schema } };
  const startedAt = Date.now();
  const response = await tailor.post(COMPLETIONS, { ...good, response_format });
  expect(Date.now() - startedAt).toBeLessThan(3000);
  expect(response.status).toBe(502);
});

describe("bytes that are hardly HTTP", () => {
  async function send(text: string): Promise<{ status: number; error: { code: string } }> {
    const { port } = new URL(tailor.url);
    const socket = connect(Number(port), "127.0.0.1");
    socket.end(text);
    const answer = (await socket.setEncoding("utf8").toArray()).join("");
    const [head = "", body = ""] = answer.split("\r\n\r\n");
    return { status: Number(head.split(" ")[1]), ...JSON.parse(body) };
  }

  test.each([
    ["no request line", "hello\r\n\r\n", 400, "invalid_request"],
    [
      "endless headers",
      `GET / HTTP/1.1\r\nhost: a\r\nx: ${"y".repeat(40_000)}\r\n\r\n`,
      431,
      "headers_too_large",
    ],
    [
      "a host that is none",
      "GET /v1/models HTTP/1.1\r\nhost: a b@c\r\nconnection: close\r\n\r\n",
      400,
      "invalid_request",
    ],
    [
      "an address that is none",
      "GET http://[ HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
      400,
      "invalid_request",
    ],
  ])("with %s are answered in the envelope", async (_name, text, status, code) => {
    expect(await send(text)).toMatchObject({ status, error: { code, type: "invalid_request_error" } });
  });
});

test("a request id that could break a header is replaced", async () => {
  const odd = await tailor.post(COMPLETIONS, good, { "x-request-id": "a b;c" });
  expect(odd.headers.get("x-request-id")).toMatch(/^req_[0-9a-f]{32}$/);
  const fine = await tailor.post(COMPLETIONS, good, { "x-request-id": "trace-1:2" });
  expect(fine.headers.get("x-request-id")).toBe("trace-1:2");
});
