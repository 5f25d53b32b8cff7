import { request as httpRequest } from "node:http";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Route } from "../../src/routing/route.ts";
import { parseDatabasePath } from "../../src/store/database-url.ts";
import { openStore } from "../../src/store/open-store.ts";
import { createDatabaseUrl } from "../store/records.ts";
import type { ScriptedUpstream } from "../support/scripted-upstream.ts";
import { readJson, startTestGateway, type TestGateway } from "./support/test-gateway.ts";
import { answerWith, startUpstream } from "./support/upstreams.ts";

let first: ScriptedUpstream;
let second: ScriptedUpstream;
let tailor: TestGateway;

beforeEach(async () => {
  first = await startUpstream(answerWith("from first"));
  second = await startUpstream(answerWith("from second"));
  tailor = await startTestGateway({ upstreams: { first: first.baseUrl, second: second.baseUrl } });
});

afterEach(async () => {
  await tailor.close();
  await Promise.all([first.close(), second.close()]);
});

const ask = (user: string, gateway = tailor) =>
  gateway.post("/v1/chat/completions", {
    model: "stylist",
    user,
    messages: [{ role: "user", content: "hi" }],
  });

async function askMany(count: number): Promise<string[]> {
  const responses = await Promise.all(Array.from({ length: count }, (_, index) => ask(`user-${index}`)));
  return responses.map((response) => response.headers.get("x-tailor-target") ?? "");
}

async function readRoute(): Promise<Route> {
  return readJson(await fetch(`${tailor.url}/admin/routes/stylist`));
}

function put(route: unknown, headers: Record<string, string> = {}) {
  return fetch(`${tailor.url}/admin/routes/stylist`, {
    method: "PUT",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(route),
  });
}

function withPercents(route: Route, percents: readonly number[]): Route {
  const targets = route.targets.map((target, index) => ({ ...target, percent: percents[index] ?? 0 }));
  return { ...route, targets };
}

describe("a route's percents", () => {
  test("split users, keep each on one target, and change the split at once when they are put", async () => {
    const half = await put(withPercents(await readRoute(), [50, 50]));
    expect(half.status).toBe(200);
    expect(await readJson(half)).toMatchObject({ version: 2 });
    const targets = await askMany(200);
    const share = targets.filter((target) => target === "first").length / targets.length;
    expect(share).toBeGreaterThan(0.35);
    expect(share).toBeLessThan(0.65);
    expect(await askMany(200)).toEqual(targets);

    await put(withPercents(await readRoute(), [0, 100]));
    expect(new Set(await askMany(20))).toEqual(new Set(["second"]));
  });

  test("keep the old cohort when one is raised", async () => {
    await put(withPercents(await readRoute(), [20, 80]));
    const before = await askMany(100);
    await put(withPercents(await readRoute(), [50, 50]));
    const after = await askMany(100);
    expect(before.every((target, index) => target !== "first" || after[index] === "first")).toBe(true);
  });

  test("that do not sum to 100 are a 422", async () => {
    const response = await put(withPercents(await readRoute(), [50, 40]));
    expect(response.status).toBe(422);
    expect((await readJson(response)).error).toMatchObject({ code: "invalid_route", param: "targets" });
  });
});

describe("a change of a route", () => {
  test("to a stale version is a 409 and changes nothing", async () => {
    const route = await readRoute();
    await put(withPercents(route, [10, 90]));
    const stale = await put(withPercents(route, [90, 10]));
    expect(stale.status).toBe(409);
    expect((await readRoute()).targets[0]?.percent).toBe(10);
  });

  test.each([
    [
      "an unknown provider",
      { targets: [{ id: "x", provider: "nobody", model: "m", percent: 100 }], fallback: [] },
    ],
    ["an unknown field", { colour: "red" }],
    ["another name", { name: "other" }],
  ])("with %s is a 422", async (_name, fields) => {
    expect((await put({ ...(await readRoute()), ...fields })).status).toBe(422);
  });

  test("under a new name makes a route, unless a model name is taken", async () => {
    const putOther = (models: string[]) =>
      readRoute().then((route) =>
        fetch(`${tailor.url}/admin/routes/other`, {
          method: "PUT",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ ...route, name: "other", models, version: 1 }),
        }),
      );
    expect((await putOther(["other", "stylist"])).status).toBe(422);
    expect(await readJson(await putOther(["other"]))).toMatchObject({ name: "other", version: 1 });
    const answer = await tailor.post("/v1/chat/completions", {
      model: "other",
      messages: [{ role: "user", content: "hi" }],
    });
    expect(answer.headers.get("x-tailor-route")).toBe("other");
  });

  test("is kept with who and why, audited, and can be taken back", async () => {
    await put(withPercents(await readRoute(), [0, 100]), {
      "x-tailor-actor": "ana",
      "x-tailor-reason": "canary",
    });
    const reverted = await tailor.post("/admin/routes/stylist/revert", { version: 1 });
    expect(await readJson(reverted)).toMatchObject({
      version: 3,
      targets: [{ percent: 100 }, { percent: 0 }],
    });
    expect((await ask("anyone")).headers.get("x-tailor-target")).toBe("first");
    const history = await readJson(await fetch(`${tailor.url}/admin/routes/stylist/history`));
    expect(
      history.data.map(({ version, actor, reason }: Record<string, unknown>) => [version, actor, reason]),
    ).toEqual([
      [3, "admin", "back to version 1"],
      [2, "ana", "canary"],
      [1, "test", null],
    ]);
    const [entry] = await tailor.store.audit.list({ limit: 10, subject: "stylist" });
    expect(entry).toMatchObject({ action: "route.update", detail: { version: 3 } });
  });
});

describe("the log over the admin API", () => {
  beforeEach(async () => {
    await askMany(7);
    await tailor.gateway.idle();
    await tailor.store.flush();
  });

  test("comes in pages, newest first, without bodies", async () => {
    const ids: string[] = [];
    let cursor = "";
    do {
      const response = await fetch(`${tailor.url}/admin/inferences?limit=3${cursor}`);
      const page = await readJson(response);
      ids.push(...page.data.map((row: { id: string }) => row.id));
      expect(page.data[0]).not.toHaveProperty("body");
      cursor = page.nextCursor === null ? "" : `&cursor=${page.nextCursor}`;
    } while (cursor !== "");
    expect(ids).toHaveLength(7);
    expect(new Set(ids).size).toBe(7);
  });

  test("comes as lines, pairs with their bodies", async () => {
    const response = await fetch(`${tailor.url}/admin/pairs?format=jsonl&route=stylist`);
    const rows = (await response.text())
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(rows).toHaveLength(7);
    expect(rows[0].inference.body.answer).toBe("from first");
  });

  test("refuses a filter it does not understand", async () => {
    const refused = [
      "limit=many",
      "route=a%00",
      "target=%00",
      "status=99999999999",
      "status=99",
      "verdict=good",
    ];
    for (const query of refused) {
      const response = await fetch(`${tailor.url}/admin/inferences?${query}`);
      expect([query, response.status]).toEqual([query, 400]);
      const [param] = query.split("=");
      expect((await readJson(response)).error).toMatchObject({ type: "invalid_request_error", param });
    }
  });
});

describe("feedback", () => {
  test("finds its answer by the completion's id and is kept", async () => {
    const completion = await readJson(await ask("u"));
    const body = { inference_id: completion.id, score: 0.9, verdict: "accept", comment: "nice" };
    const response = await tailor.post("/v1/feedback", body);
    expect(response.status).toBe(201);
    const { inference_id: id } = await readJson(response);
    const pair = await tailor.store.reader.readInference(id);
    expect(pair?.feedback).toMatchObject([{ score: 0.9, verdict: "accept", comment: "nice" }]);
  });

  test("that can be kept nowhere is refused, not acknowledged", async () => {
    const url = createDatabaseUrl();
    const store = await openStore({ url });
    await using gateway = await startTestGateway({ upstreams: { first: first.baseUrl }, deps: { store } });
    const { id } = await readJson(await ask("u", gateway));
    await gateway.gateway.idle();
    await store.flush();
    const give = (inferenceId: string) =>
      gateway.post("/v1/feedback", { inference_id: inferenceId, score: 0.5 });
    const other = new Database(parseDatabasePath(url));
    other.exec("BEGIN IMMEDIATE");
    try {
      const refused = await give(id);
      expect(refused.status).toBe(503);
      expect(refused.headers.get("retry-after")).toBe("2");
      expect((await readJson(refused)).error).toMatchObject({
        type: "server_error",
        code: "log_unavailable",
      });
      // Its answer may wait in memory: nobody can say that it does not exist.
      expect((await give("chatcmpl-0192f0c1000070008000000000000000")).status).toBe(503);
    } finally {
      other.close();
    }
    await expect.poll(() => store.recorder.isAvailable(), { timeout: 20_000 }).toBe(true);
    expect((await give(id)).status).toBe(201);
    await store.close();
  });

  test("on nothing is 404, without content 400", async () => {
    const nobody = { inference_id: "chatcmpl-0192f0c1000070008000000000000000", score: 1 };
    expect((await tailor.post("/admin/feedback", nobody)).status).toBe(404);
    expect((await tailor.post("/v1/feedback", { inference_id: "x" })).status).toBe(400);
  });
});

describe("who may call", () => {
  function statusWith(path: string, headers: Record<string, string>): Promise<number> {
    // `fetch` sets Host itself.
    return new Promise((resolve, reject) => {
      httpRequest(tailor.url + path, { headers }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      })
        .on("error", reject)
        .end();
    });
  }

  test("without any key, admin calls need a loopback host and no foreign origin", async () => {
    expect(await statusWith("/admin/routes", {})).toBe(200);
    expect(await statusWith("/admin/routes", { host: "evil.example" })).toBe(403);
    expect(await statusWith("/admin/routes", { host: "127.0.0.1.evil.example" })).toBe(403);
    expect(await statusWith("/admin/routes", { origin: "https://evil.example" })).toBe(403);
    expect(await statusWith("/admin/routes", { origin: "null" })).toBe(403);
    expect(await statusWith("/admin/routes", { origin: "http://localhost:8080" })).toBe(200);
  });

  test("without any key, a page of another site cannot ask the models either", async () => {
    const body = { model: "stylist", messages: [{ role: "user", content: "hi" }] };
    const from = async (origin: string) =>
      (await tailor.post("/v1/chat/completions", body, { origin })).status;
    expect(await from("https://evil.example")).toBe(403);
    expect(await from("http://localhost:3000")).toBe(200);
  });

  test("with an admin key, admin calls need it", async () => {
    const settings = { adminKey: "the-admin-key" };
    await using guarded = await startTestGateway({ upstreams: { first: first.baseUrl }, settings });
    const get = (headers: Record<string, string>) => fetch(`${guarded.url}/admin/routes`, { headers });
    expect((await get({})).status).toBe(401);
    expect((await get({ authorization: "Bearer wrong" })).status).toBe(401);
    expect((await get({ authorization: "Bearer the-admin-key" })).status).toBe(200);
  });

  test("on loopback any bearer passes until a key exists, then only keys do", async () => {
    expect((await tailor.post("/v1/chat/completions", {}, { authorization: "Bearer x" })).status).toBe(400);
    const { key, row } = await tailor.store.keys.create({
      name: "backend",
      scopes: ["inference"],
      consent: "log",
    });
    const call = (bearer: string) =>
      tailor.post(
        "/v1/chat/completions",
        { model: "stylist", messages: [{ role: "user", content: "hi" }] },
        { authorization: `Bearer ${bearer}` },
      );
    await expect.poll(async () => (await call("x")).status, { timeout: 3000 }).toBe(401);
    expect((await call(key)).status).toBe(200);
    await tailor.gateway.idle();
    await tailor.store.flush();
    const { rows } = await tailor.store.reader.listInferences({ limit: 1 });
    expect(rows[0]?.consent).toBe("log");
    await tailor.store.keys.revoke(row.id);
    await tailor.store.keys.create({ name: "another", scopes: ["inference"] });
    await expect.poll(async () => (await call(key)).status, { timeout: 3000 }).toBe(401);
  });
});
