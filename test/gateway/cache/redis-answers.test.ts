import { randomUUID } from "node:crypto";
import { createServer } from "node:net";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { createRedisAnswers } from "../../../src/gateway/cache/redis-answers.ts";
import type { SharedAnswers } from "../../../src/gateway/cache/shared-answers.ts";
import { startTestGateway } from "../support/test-gateway.ts";
import { answerWith, startUpstream } from "../support/upstreams.ts";

const REDIS_URL = process.env.TEST_REDIS_URL ?? "redis://127.0.0.1:6379";
const prefix = `tailor-test:${randomUUID()}:`;
const redis = new Redis(REDIS_URL, { lazyConnect: true, maxRetriesPerRequest: 0 });

beforeAll(() => redis.connect());

afterAll(async () => {
  const keys = await redis.keys(`${prefix}*`);
  if (keys.length > 0) await redis.del(...keys);
  redis.disconnect();
});

async function connect(url = REDIS_URL): Promise<SharedAnswers> {
  const shared = createRedisAnswers({ url, prefix, commandTimeoutMs: 2000 });
  onTestFinished(() => shared.close());
  return shared;
}

async function connectReady(): Promise<SharedAnswers> {
  const shared = await connect();
  await expect.poll(() => shared.state().state, { timeout: 10_000 }).toBe("ready");
  return shared;
}

test("what one instance writes another reads, until its time is over", async () => {
  const [one, other] = [await connectReady(), await connectReady()];
  expect(await one.read("k1")).toBeUndefined();
  one.write({ key: "k1", inferenceId: "i1", stickyKeyHash: null, text: "kept", ttlMs: 60_000 });
  await expect.poll(() => other.read("k1")).toBe("kept");
  one.write({ key: "k2", inferenceId: "i2", stickyKeyHash: null, text: "short", ttlMs: 50 });
  await expect.poll(() => redis.exists(`${prefix}answer:k2`), { timeout: 10_000 }).toBe(0);
});

test("an erased inference's answer is gone everywhere, and every instance hears of it", async () => {
  const [one, other] = [await connectReady(), await connectReady()];
  const heard: string[] = [];
  other.onForgotten((key) => heard.push(key));
  one.write({ key: "k3", inferenceId: "i3", stickyKeyHash: null, text: "personal", ttlMs: 60_000 });
  await expect.poll(() => other.read("k3")).toBe("personal");
  // A subscription may be a moment behind the connection: ask until it is heard.
  await expect
    .poll(
      async () => {
        one.write({ key: "k3", inferenceId: "i3", stickyKeyHash: null, text: "personal", ttlMs: 60_000 });
        await expect.poll(() => one.read("k3")).toBe("personal");
        expect(await one.forget({ kind: "inference", inferenceId: "i3" })).toBe(true);
        return heard.length;
      },
      { timeout: 10_000 },
    )
    .toBeGreaterThan(0);
  expect(heard[0]).toBe("k3");
  expect(await other.read("k3")).toBeUndefined();
  expect(await redis.exists(`${prefix}inference:i3`)).toBe(0);
});

test("an erased user's answers go, all of them and nobody else's", async () => {
  const [one, other] = [await connectReady(), await connectReady()];
  const write = (key: string, stickyKeyHash: string | null, ttlMs: number) =>
    one.write({ key, inferenceId: `of-${key}`, stickyKeyHash, text: key, ttlMs });
  // The last one's short life must not cut that of the user's set.
  write("u1", "anna", 60_000);
  write("u2", "bert", 60_000);
  write("u3", null, 60_000);
  write("u4", "anna", 500);
  await expect.poll(() => other.read("u3"), { timeout: 10_000 }).toBe("u3");
  await expect.poll(() => redis.exists(`${prefix}answer:u4`), { timeout: 10_000 }).toBe(0);
  expect(await other.forget({ kind: "user", stickyKeyHash: "anna" })).toBe(true);
  expect(await Promise.all(["u1", "u2", "u3"].map((key) => one.read(key)))).toEqual([undefined, "u2", "u3"]);
  expect(await redis.exists(`${prefix}user:anna`)).toBe(0);
  expect(await other.forget({ kind: "user", stickyKeyHash: "nobody" })).toBe(true);
});

test("two gateways answer each other's repeats, and a Redis that is lost fails no request", async () => {
  const upstream = await startUpstream(answerWith("hello"));
  onTestFinished(() => upstream.close());
  const start = async () => {
    const sharedAnswers = await connectReady();
    const tailor = await startTestGateway({
      upstreams: { first: upstream.baseUrl },
      route: { cache: { enabled: true } },
      deps: { sharedAnswers },
    });
    onTestFinished(() => tailor.close());
    return { tailor, sharedAnswers };
  };
  const [one, other] = [await start(), await start()];
  const body = { model: "stylist", temperature: 0, messages: [{ role: "user", content: randomUUID() }] };
  const ask = async ({ tailor }: typeof one, fields: object = {}) => {
    const response = await tailor.post("/v1/chat/completions", { ...body, ...fields });
    return [response.status, response.headers.get("x-tailor-cache"), await response.text()] as const;
  };
  const [, , asked] = await ask(one);
  await expect.poll(async () => (await ask(other))[1], { timeout: 10_000 }).toBe("hit");
  expect((await ask(other, { stream: true }))[2]).toContain("hello");

  const { id } = JSON.parse(asked);
  const inferenceId = id.slice("chatcmpl-".length).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  const subject = { kind: "inference", inferenceId } as const;
  await one.tailor.store.erasures.erase(subject, { actor: "test", reason: null });
  await expect.poll(() => redis.keys(`${prefix}inference:${inferenceId}`), { timeout: 10_000 }).toEqual([]);
  expect((await ask(one))[1]).toBe("miss");

  await one.sharedAnswers.close();
  expect((await ask(one, { seed: 1 })).slice(0, 2)).toEqual([200, "miss"]);
  expect((await ask(one, { seed: 1 })).slice(0, 2)).toEqual([200, "hit"]);
  const ready = await fetch(`${one.tailor.url}/readyz`);
  expect(ready.status).toBe(200);
  expect(await ready.json()).toMatchObject({ sharedCache: { state: "away" } });
});

test("a Redis that is not there, or that never says a word, is a miss", async () => {
  const silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void silent.close());
  const address = silent.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  for (const url of ["redis://127.0.0.1:1", `redis://127.0.0.1:${port}`]) {
    const shared = await connect(url);
    expect(await shared.read("k")).toBeUndefined();
    expect(await shared.forget({ kind: "inference", inferenceId: "i" })).toBe(false);
    expect(shared.state().state).toBe("away");
  }
});
