import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  createOpenAiProvider,
  type OpenAiProviderOptions,
} from "../../../src/providers/openai/create-openai-provider.ts";
import type { Provider } from "../../../src/providers/provider.ts";
import {
  createScriptedUpstream,
  reserveRefusedUrl,
  type ScriptedUpstream,
} from "../../support/scripted-upstream.ts";
import { upstreamFaults } from "../../support/upstream-script.ts";
import { collect } from "../contract.ts";
import { createCall } from "./create-call.ts";

const readFixture = (name: string) => readFileSync(`test/fixtures/tls/${name}.pem`, "utf8");

let upstream: ScriptedUpstream;
let provider: Provider | undefined;
beforeEach(async () => {
  upstream = await createScriptedUpstream();
});
afterEach(async () => {
  await provider?.close(100);
  await upstream.close();
});

function connect(options: Partial<OpenAiProviderOptions> = {}): Provider {
  provider = createOpenAiProvider({
    id: "upstream",
    baseUrl: upstream.baseUrl,
    licenseClass: "unknown",
    retries: { max: 0 },
    ...options,
  });
  return provider;
}

describe("a caller who leaves", () => {
  it.each([
    ["before the headers", { kind: "answer", delayMs: 60_000 }, false],
    ["before the headers of a stream", { kind: "answer", delayMs: 60_000 }, true],
    ["in the middle of a body", { kind: "hang", after: "headers" }, false],
    ["in the middle of a stream", { kind: "answer", tokenMs: 60_000 }, true],
  ] as const)("closes the upstream's socket %s", async (_name, script, stream) => {
    const target = connect();
    upstream.play(script);
    const controller = new AbortController();
    const call = createCall({ stream }, { signal: controller.signal });
    const answer = stream ? target.stream(call).then(({ chunks }) => collect(chunks)) : target.complete(call);
    answer.catch(() => {});
    await expect.poll(() => upstream.requests.length).toBe(1);
    controller.abort(new Error("left"));
    // Settles when the server's side of the connection is gone; the script itself would last a minute.
    expect(await upstream.requests[0]?.sent).toBe(false);
    await expect(answer).rejects.toThrow("left");
  });
});

describe("time limits", () => {
  const limits = { connectMs: 5000, firstTokenMs: 10_000, betweenTokensMs: 10_000, totalMs: 20_000 };

  it.each([
    [
      "the first token",
      { firstTokenMs: 120 },
      upstreamFaults.hang,
      "The upstream sent no first token within 120 ms.",
    ],
    [
      "the first token behind the headers",
      { firstTokenMs: 130 },
      upstreamFaults.hangAfterHeaders,
      "The upstream sent no first token within 130 ms.",
    ],
    [
      "the next token",
      { betweenTokensMs: 140 },
      { kind: "answer", tokenMs: 60_000 },
      "The upstream sent no further token within 140 ms.",
    ],
    [
      "the whole answer",
      { totalMs: 150 },
      { kind: "answer", tokenMs: 60_000 },
      "The upstream did not finish within 150 ms.",
    ],
  ] as const)("has its own words for %s", async (_name, limit, script, message) => {
    const target = connect({ timeouts: { ...limits, ...limit } });
    upstream.play(script);
    const reading = target.stream(createCall({ stream: true })).then(({ chunks }) => collect(chunks));
    await expect(reading).rejects.toMatchObject({ name: "ProviderError", kind: "timeout", message });
    expect(await upstream.requests[0]?.sent).toBe(false);
  });

  it("takes the call's limits before the provider's", async () => {
    const target = connect({ timeouts: limits });
    upstream.play({ kind: "answer", tokenMs: 60_000 });
    const call = createCall({ stream: true }, { timeouts: { betweenTokensMs: 120 } });
    const reading = target.stream(call).then(({ chunks }) => collect(chunks));
    await expect(reading).rejects.toMatchObject({
      message: "The upstream sent no further token within 120 ms.",
    });
  });

  it("does not count the tokens of a stream that keeps coming", async () => {
    const target = connect({ timeouts: { ...limits, firstTokenMs: 2000, betweenTokensMs: 2000 } });
    upstream.play({ kind: "answer", content: "a b c d e f", tokenMs: 30, firstTokenMs: 50 });
    const { chunks } = await target.stream(createCall({ stream: true }));
    await expect(collect(chunks)).resolves.toHaveLength(8);
  });

  it("gives up on a host that takes no connection", async () => {
    // A network that is set aside for documentation (RFC 5737): nobody answers there, or the way is refused at once.
    const target = connect({ baseUrl: "http://192.0.2.1:81/v1", timeouts: { ...limits, connectMs: 200 } });
    const error: unknown = await target.complete(createCall()).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ kind: expect.stringMatching(/^(timeout|unavailable)$/) });
    expect(String(error)).not.toContain("192.0.2.1");
  });
});

describe("connections that cannot be made", () => {
  it("tells a name that does not exist from a refusal", async () => {
    const nameless = connect({
      baseUrl: "http://upstream.invalid/v1",
      retries: { max: 2 },
      sleep: async () => {},
    });
    const error: unknown = await nameless.complete(createCall()).catch((reason: unknown) => reason);
    // A resolver that is away says EAI_AGAIN, which may pass.
    expect(String(error)).toMatch(/name is not known \(ENOTFOUND\)|cannot be reached \(EAI_AGAIN\)/);
    expect(error).toMatchObject({ kind: "unavailable" });
    expect(String(error)).not.toContain("upstream.invalid");
    await nameless.close(0);
    const refused = connect({ baseUrl: await reserveRefusedUrl() });
    await expect(refused.complete(createCall())).rejects.toThrow(
      "The upstream cannot be reached (ECONNREFUSED).",
    );
  });

  it("trusts a private authority only when told to", async () => {
    await upstream.close();
    upstream = await createScriptedUpstream({
      tls: { cert: readFixture("server"), key: readFixture("server-key") },
    });
    const wary = connect();
    await expect(wary.complete(createCall())).rejects.toMatchObject({
      kind: "unavailable",
      message: expect.stringContaining("certificate is not trusted"),
    });
    await wary.close(0);
    const trusting = connect({ ca: readFixture("ca") });
    await expect(trusting.complete(createCall())).resolves.toBeDefined();
    const { chunks } = await trusting.stream(createCall({ stream: true }));
    expect((await collect(chunks)).length).toBeGreaterThan(2);
  });

  it("speaks of a server that is none of HTTP", async () => {
    const target = connect({ baseUrl: upstream.baseUrl.replace("http:", "https:") });
    await expect(target.complete(createCall())).rejects.toMatchObject({ name: "ProviderError" });
  });
});
