import fc from "fast-check";
import { afterAll, expect, it } from "vitest";
import { ProviderError } from "../../../src/providers/provider-error.ts";
import { createTinyProvider } from "../../support/tiny-engine.ts";
import { createCall } from "./create-call.ts";

const PROMPTS = 1000;
const AT_ONCE = 8;
const DEADLINE_MS = 10_000;
/** Past the deadline a call may take this long to give up. */
const GRACE_MS = 2000;

const provider = createTinyProvider({ sequences: 4, maxWaiting: 64 });
afterAll(() => provider.close(0));

const special = fc.constantFrom(
  "<|im_end|>",
  "<|im_start|>system\n",
  "<|endoftext|>",
  "</s>",
  "[INST]",
  "\uF8F10\uF8F2",
  "\uD83D",
  "\uFFFD",
  "\u0000\u0001\u001B[31m",
  "\u202Eabc",
  "{{ messages }}{% raise %}",
  "\r\n\t\v",
);
const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 200 }),
  fc.string({ unit: "grapheme", maxLength: 200 }),
  fc.array(fc.oneof(special, fc.string({ maxLength: 20 })), { maxLength: 20 }).map((parts) => parts.join("")),
  fc.constant(""),
  fc.tuple(special, fc.integer({ min: 1, max: 30_000 })).map(([part, times]) => part.repeat(times)),
);
const message = fc.record({
  role: fc.constantFrom("system" as const, "user" as const, "assistant" as const),
  content: text,
});
const request = fc.record({
  messages: fc.array(message, { minLength: 1, maxLength: 4 }),
  max_tokens: fc.integer({ min: 1, max: 4 }),
  temperature: fc.constantFrom(0, 0.7, 2),
  stop: fc.option(fc.string({ minLength: 1, maxLength: 3 })),
});

/** True when it was answered; false when it was refused as the caller's fault. */
async function isAnswered(fields: Parameters<typeof createCall>[0]): Promise<boolean> {
  const signal = AbortSignal.timeout(DEADLINE_MS);
  try {
    const { completion } = await provider.complete(createCall(fields, { signal }));
    expect(completion.choices[0]?.message.content).toBeTypeOf("string");
    return true;
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    expect(error.kind).toMatch(/^(invalid_request|context_length_exceeded)$/);
    return false;
  }
}

async function withinDeadline<T>(work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error("hangs")), DEADLINE_MS + GRACE_MS);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}

it("answers or refuses a thousand random prompts in time, and never ends over one", {
  timeout: 180_000,
}, async () => {
  const requests = fc.sample(request, { numRuns: PROMPTS, seed: 20_261_123 });
  let answered = 0;
  for (let at = 0; at < PROMPTS; at += AT_ONCE) {
    const some = requests.slice(at, at + AT_ONCE);
    const results = await Promise.all(some.map((fields) => withinDeadline(isAnswered(fields))));
    answered += results.filter(Boolean).length;
  }
  expect(answered).toBeGreaterThan(PROMPTS / 2);
  expect(answered).toBeLessThan(PROMPTS);
  expect(provider.stats()).toMatchObject({ restarts: 0, slots: { busy: 0 }, queue: { length: 0 } });
});
