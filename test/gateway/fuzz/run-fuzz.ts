import fc from "fast-check";
import { expect } from "vitest";
import { createFixedModelSource } from "../../../src/providers/llama-cpp/model-source.ts";
import { createScriptedUpstream } from "../../support/scripted-upstream.ts";
import { createTinyProvider, createTinySourceModel } from "../../support/tiny-engine.ts";
import { planContent } from "../../support/upstream-script.ts";
import { startTestGateway, type TestGateway } from "../support/test-gateway.ts";
import { arbitraryRequest, type FuzzRequest } from "./arbitrary-request.ts";

/** The one failure that is a target's and not the gateway's: it was asked for a form that it did not keep to. */
const TARGETS_FAULT = "invalid_response";

/** What was seen, for the figures. */
export interface FuzzReport {
  readonly runs: number;
  /** Answers by status. */
  readonly statuses: Readonly<Record<number, number>>;
}

export interface FuzzOptions {
  readonly runs: number;
  readonly seed: number;
  /** Who answers the good ones: a scripted upstream over HTTP, or the tiny model in its engine process. */
  readonly target: "upstream" | "local";
}

/** Sends the given number of made-up requests to a gateway. Throws at the first that is not answered as it should be. */
export async function runFuzz({ runs, seed, target }: FuzzOptions): Promise<FuzzReport> {
  const complaints: string[] = [];
  const upstream = await createScriptedUpstream({
    models: ["first-model"],
    script: ({ response_format: format }) => ({ kind: "answer", content: format ? planContent : "hi" }),
  });
  const note = (_data: object, message: string) => complaints.push(message);
  // It makes embeddings, too, of any width: everything that is asked for comes as far as the engine.
  const model = { ...createTinySourceModel("tiny"), embeddings: { isOn: true, isMatryoshka: true } };
  const local = { id: "local", provider: "local", model: "tiny", percent: 100 };
  await using tailor = await startTestGateway({
    ...(target === "local"
      ? { providers: [createTinyProvider({ source: createFixedModelSource([model]) })] }
      : { upstreams: { first: upstream.baseUrl } }),
    route: {
      cache: { enabled: true, sampled: true },
      timeoutMs: 60_000,
      ...(target === "local" && { targets: [local], fallback: [] }),
    },
    deps: { logger: { info: () => undefined, warn: note, error: note } },
  });
  const statuses: Record<number, number> = {};
  try {
    await fc.assert(
      fc.asyncProperty(arbitraryRequest, async (request) => {
        const status = await checkAnswer(tailor, request);
        statuses[status] = (statuses[status] ?? 0) + 1;
        expect(complaints).toEqual([]);
      }),
      { numRuns: runs, seed, endOnFailure: false },
    );
    await tailor.gateway.idle();
    await tailor.store.flush();
    expect(complaints).toEqual([]);
    expect(tailor.store.recorder.stats()).toMatchObject({ dropped: 0, failed: 0 });
    expect((await fetch(`${tailor.url}/healthz`)).status).toBe(200);
  } finally {
    await upstream.close();
  }
  return { runs, statuses };
}

async function checkAnswer(tailor: TestGateway, request: FuzzRequest): Promise<number> {
  const { method, path, headers, body } = request;
  const response = await tailor.gateway.app.request(path, { method, headers, body });
  const text = await response.text();
  const { status } = response;
  if (status >= 400) {
    if (method !== "HEAD") expectEnvelope(response, text);
    if (status >= 500) expect([status, JSON.parse(text).error.code]).toEqual([502, TARGETS_FAULT]);
    expect(response.headers.get("x-request-id")).toMatch(/^[\w.:-]{1,128}$/);
  } else if (response.headers.get("content-type")?.startsWith("text/event-stream")) {
    expectEvents(text);
  }
  return status;
}

function expectEnvelope(response: Response, text: string): void {
  expect(response.headers.get("content-type")).toBe("application/json");
  const body: unknown = JSON.parse(text);
  expect(body).toEqual({
    error: {
      message: expect.stringMatching(/./),
      type: expect.stringMatching(/^\w+_error$/),
      param: expect.toSatisfy(isTextOrNull),
      code: expect.toSatisfy(isTextOrNull),
    },
  });
}

function isTextOrNull(value: unknown): boolean {
  return value === null || typeof value === "string";
}

/** Every block is an event with JSON in it, or the mark of the end. */
function expectEvents(text: string): void {
  for (const block of text.trim().split("\n\n")) {
    const data = block.split("\n").find((line) => line.startsWith("data: "));
    expect(data).toBeDefined();
    if (data !== "data: [DONE]") JSON.parse((data ?? "").slice(6));
  }
}
