import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import OpenAI from "openai";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createLiveRoutes } from "../../src/gateway/live-routes.ts";
import { createOpenAiProvider } from "../../src/providers/openai/create-openai-provider.ts";
import type { Provider } from "../../src/providers/provider.ts";
import { createRoute } from "../support/route.ts";
import { readJson, startTestGateway, type TestGateway } from "./support/test-gateway.ts";
import { startUpstream } from "./support/upstreams.ts";

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

let seen: Seen[];
let server: Server;
let provider: Provider;
let tailor: TestGateway;
let answerSlowly: boolean;

beforeEach(async () => {
  seen = [];
  answerSlowly = false;
  server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece);
    const { method = "", url = "", headers } = request;
    seen.push({ method, url, headers, body: Buffer.concat(pieces) });
    response.writeHead(url.includes("missing") ? 404 : 200, {
      "content-type": "application/octet-stream",
      "x-ratelimit-remaining-requests": "7",
      "set-cookie": "a=b",
      connection: "keep-alive",
    });
    response.write(Buffer.from([0, 255, 1]));
    if (!answerSlowly) response.end(Buffer.from([254]));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  provider = createOpenAiProvider({
    id: "first",
    baseUrl: `http://127.0.0.1:${port}/v1`,
    apiKey: "sk-upstream",
    licenseClass: "unknown",
  });
  const route = createRoute({ first: 100 });
  tailor = await startTestGateway({
    providers: [provider],
    deps: { passthrough: provider, routes: createLiveRoutes({ routes: [route], passthrough: provider }) },
  });
});

afterEach(async () => {
  server.closeAllConnections();
  await tailor.close();
  await new Promise((resolve) => server.close(resolve));
});

describe("a path that is not ours", () => {
  test("goes to the upstream and comes back byte by byte, under the gateway's own key", async () => {
    const bytes = new Uint8Array([1, 2, 0, 255]);
    const response = await fetch(`${tailor.url}/v1/moderations?a=b%20c`, {
      method: "POST",
      headers: {
        "content-type": "audio/wav",
        authorization: "Bearer sk-client",
        cookie: "c=d",
        "x-odd": "1",
      },
      body: bytes,
    });
    expect(Buffer.from(await response.arrayBuffer())).toEqual(Buffer.from([0, 255, 1, 254]));
    expect(response.status).toBe(200);
    expect(response.headers.get("x-ratelimit-remaining-requests")).toBe("7");
    expect(response.headers.get("set-cookie")).toBeNull();
    expect(response.headers.get("x-tailor-target")).toBe("first");
    expect(seen).toMatchObject([
      { method: "POST", url: "/v1/moderations?a=b%20c", body: Buffer.from(bytes) },
    ]);
    const { headers } = seen[0] ?? {};
    expect(headers).toMatchObject({ authorization: "Bearer sk-upstream", "content-type": "audio/wav" });
    expect(headers).not.toHaveProperty("cookie");
    expect(headers).not.toHaveProperty("x-odd");
  });

  test("keeps method and status", async () => {
    const response = await fetch(`${tailor.url}/v1/files/missing`, { method: "DELETE" });
    expect(response.status).toBe(404);
    expect(seen).toMatchObject([{ method: "DELETE", url: "/v1/files/missing" }]);
  });

  test("is limited in size", async () => {
    const body = new Uint8Array(300_000);
    const response = await fetch(`${tailor.url}/v1/files`, { method: "POST", body });
    expect(response.status).toBe(413);
    expect((await readJson(response)).error.code).toBe("request_too_large");
    expect(seen).toHaveLength(0);
  });

  test("needs a key where ours do", async () => {
    await tailor.store.keys.create({ name: "one", scopes: ["inference"] });
    const response = await fetch(`${tailor.url}/v1/files`);
    expect(response.status).toBe(401);
    expect(seen).toHaveLength(0);
  });

  test("is left by the upstream when the client leaves", async () => {
    answerSlowly = true;
    const controller = new AbortController();
    const response = await fetch(`${tailor.url}/v1/files`, { signal: controller.signal });
    controller.abort();
    await expect(response.text()).rejects.toThrow();
    await expect
      .poll(() => new Promise((resolve) => server.getConnections((_error, count) => resolve(count))))
      .toBe(0);
  });

  test("whose answer breaks off is cut for the client too", async () => {
    answerSlowly = true;
    const response = await fetch(`${tailor.url}/v1/files`);
    server.closeAllConnections();
    await expect(response.text()).rejects.toThrow();
    expect((await fetch(`${tailor.url}/healthz`)).status).toBe(200);
  });

  test("to an upstream that is away is a 503 in the envelope", async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    const response = await fetch(`${tailor.url}/v1/files`);
    expect(response.status).toBe(503);
    expect((await readJson(response)).error.code).toBe("unavailable");
    server.listen(0, "127.0.0.1");
  });

  test("that is ours with another method stays a 405", async () => {
    const response = await fetch(`${tailor.url}/v1/chat/completions`);
    expect([response.status, response.headers.get("allow")]).toEqual([405, "POST"]);
    expect(seen).toHaveLength(0);
  });

  test("outside /v1 is 404, and so is everything without an upstream", async () => {
    expect((await fetch(`${tailor.url}/v2/files`)).status).toBe(404);
    await using alone = await startTestGateway({ providers: [] });
    const response = await fetch(`${alone.url}/v1/moderations`, { method: "POST", body: "{}" });
    expect(response.status).toBe(404);
    expect((await readJson(response)).error).toMatchObject({
      message: "Unknown request URL: POST /v1/moderations.",
      code: "unknown_url",
    });
  });
});

describe("a model name that no route knows", () => {
  test("goes to the upstream as it is, and comes back under it", async () => {
    const upstream = await startUpstream({ kind: "answer", content: "hi" });
    const passthrough = createOpenAiProvider({
      id: "first",
      baseUrl: upstream.baseUrl,
      licenseClass: "unknown",
    });
    await using open = await startTestGateway({
      providers: [passthrough],
      deps: { passthrough, routes: createLiveRoutes({ routes: [], passthrough }) },
    });
    const messages = [{ role: "user", content: "hi" }];
    const response = await open.post("/v1/chat/completions", { model: "second-model", messages });
    expect(response.headers.get("x-tailor-route")).toBe("passthrough");
    expect(await response.json()).toMatchObject({ model: "second-model" });
    expect(upstream.requests).toMatchObject([{ body: { model: "second-model", messages } }]);
    await upstream.close();
  });

  test("is waited for as long as the official clients wait, since nobody else could answer", () => {
    const official = 600_000;
    expect(new OpenAI({ apiKey: "sk-any" }).timeout).toBe(official);
    expect(createLiveRoutes({ routes: [], passthrough: provider }).resolve("o3")).toMatchObject({
      timeoutMs: official,
      streamTimeouts: { firstTokenMs: official, betweenTokensMs: official },
    });
  });
});

describe("/v1/embeddings", () => {
  const vectors = {
    object: "list",
    data: [{ object: "embedding", index: 0, embedding: [0.25, -1] }],
    model: "upstream-name",
    usage: { prompt_tokens: 4, total_tokens: 4 },
  };

  test("is asked of the route's target, answered under the asked name and logged", async () => {
    const upstream = await startUpstream({ kind: "raw", status: 200, body: JSON.stringify(vectors) });
    await using embedding = await startTestGateway({ upstreams: { first: upstream.baseUrl } });
    const { data, response } = await embedding.client.embeddings
      .create({ model: "stylist", input: "a red coat", encoding_format: "float" })
      .withResponse();
    expect(data).toMatchObject({ ...vectors, model: "stylist" });
    expect(response.headers.get("x-tailor-target")).toBe("first");
    expect(upstream.requests).toMatchObject([
      { path: "/v1/embeddings", body: { model: "first-model", input: "a red coat" } },
    ]);
    expect(upstream.requests[0]?.body).not.toHaveProperty("messages");
    await embedding.gateway.idle();
    await embedding.store.flush();
    const { rows } = await embedding.store.reader.listInferences({ limit: 5 });
    expect(rows).toMatchObject([{ endpoint: "embeddings", status: 200, promptTokens: 4 }]);
    const text = `{"input":["\\u00e9"], "later":{"b":1.0,"a":12345678901234567890}, "model":"stylist"}`;
    await embedding.post("/v1/embeddings", text);
    expect(upstream.requests[1]?.text).toBe(text.replace('"stylist"', '"first-model"'));
    await upstream.close();
  });

  test("asked again are answered from the cache, where the route has one", async () => {
    const upstream = await startUpstream({ kind: "raw", status: 200, body: JSON.stringify(vectors) });
    await using cached = await startTestGateway({
      upstreams: { first: upstream.baseUrl },
      route: { cache: { enabled: true } },
    });
    const states: (string | null)[] = [];
    for (const input of ["a", "a", "b"]) {
      const response = await cached.post("/v1/embeddings", { model: "stylist", input });
      expect(await response.json()).toMatchObject({
        data: vectors.data,
        model: "stylist",
        usage: vectors.usage,
      });
      states.push(response.headers.get("x-tailor-cache"));
    }
    expect(states).toEqual(["miss", "hit", "miss"]);
    upstream.setDefault({ kind: "raw", status: 400, body: "{}" });
    expect((await cached.post("/v1/embeddings", { model: "stylist", input: "c" })).status).toBe(400);
    expect((await cached.post("/v1/embeddings", { model: "stylist", input: "c" })).status).toBe(400);
    expect(upstream.requests).toHaveLength(4);
    await upstream.close();
  });

  test("of targets that make none is refused by name", async () => {
    const { embed: _, ...unable } = createOpenAiProvider({
      id: "first",
      baseUrl: "http://127.0.0.1:1/v1",
      licenseClass: "unknown",
    });
    await using plain = await startTestGateway({ providers: [unable] });
    const response = await plain.post("/v1/embeddings", { model: "stylist", input: "x" });
    expect(response.status).toBe(400);
    expect((await readJson(response)).error).toMatchObject({ param: "model", code: "model_not_supported" });
  });
});
