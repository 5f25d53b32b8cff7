import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type MiningOptions, minePairs } from "../../src/dataset/mine.ts";
import { sampleSchema } from "../../src/dataset/sample.ts";
import type { FeedbackRecord, InferenceRecord, ShadowRecord } from "../../src/store/inference-log.ts";
import { openStore, type Store } from "../../src/store/open-store.ts";
import {
  collect,
  createDatabaseUrl,
  createFeedback,
  createInference,
  createShadow,
} from "../store/records.ts";
import { createPlan, lexicon, tasteJudge } from "./samples.ts";

const TEXT = [
  "The user is preparing for: dinner with friends.",
  "Preferred brands: Zara, Mango.",
  "Budget (currency or range as entered): $150.",
  "Profile: gender: female, age: 29.",
  "Return one to five outfits with 3 to 6 items each, every item a product search query.",
].join("\n");
const REQUEST = {
  model: "gpt-4o-mini",
  messages: [
    { role: "system", content: "Return JSON." },
    {
      role: "user",
      content: [
        { type: "text", text: TEXT },
        { type: "image_url", image_url: { url: "https://x/y" } },
      ],
    },
  ],
};

interface Case {
  readonly inference?: Partial<InferenceRecord>;
  readonly shadows?: readonly Partial<ShadowRecord>[];
  readonly feedback?: readonly Partial<FeedbackRecord>[];
}

const answer = (looks: string) => JSON.stringify(createPlan(looks));
const stylist = (looks: string, changes: Partial<InferenceRecord> = {}): Partial<InferenceRecord> => ({
  body: { request: REQUEST, answer: answer(looks) },
  ...changes,
});
const shadow = (looks: string, changes: Partial<ShadowRecord> = {}): Partial<ShadowRecord> => ({
  answer: answer(looks),
  ...changes,
});
const LOCAL = { target: "local", licenseClass: "commercial_ok" };
const TEACHER = { target: "openai", licenseClass: "restricted_teacher" };

describe("mining", () => {
  const stores: Store[] = [];
  let reader: Store["reader"];
  let record: (one: Case) => Promise<void>;

  beforeAll(() => {
    record = async ({ inference, shadows = [], feedback = [] }) => {
      const store = await openStore({ url: createDatabaseUrl() });
      stores.push(store);
      const row = createInference(inference);
      store.recorder.recordInference(row);
      for (const one of shadows) store.recorder.recordShadow(createShadow(row.id, one));
      for (const one of feedback) {
        store.recorder.recordFeedback(createFeedback(row.id, { correction: null, score: null, ...one }));
      }
      await store.flush();
      reader = store.reader;
    };
  });
  afterAll(() => Promise.all(stores.map((store) => store.close())));

  /** The looks of the sample mined from the case (null: none) and the report. */
  async function mine(one: Case, options: Partial<MiningOptions> = {}) {
    await record(one);
    const found = minePairs(reader, { judge: tasteJudge, lexicon, policy: "commercial", ...options });
    const samples = await collect(found.samples);
    return {
      sample: samples[0] ?? null,
      looks: samples[0]?.output.outfits[0]?.looks ?? null,
      report: found.report(),
    };
  }

  it("makes a whole sample of a consented stylist request and its answer", async () => {
    const { sample, report } = await mine({ inference: stylist("calm", { stickyKeyHash: "user-1" }) });
    expect(sample).toEqual({
      id: `log-${sample?.inferenceId}`,
      source: "log",
      input: {
        form: {
          preparing_for: "dinner with friends",
          preferred_brand: "Zara, Mango",
          budget: "$150",
          description: "",
        },
        profile: { gender: "female", age: 29 },
      },
      output: createPlan("calm"),
      licenseClass: "commercial_ok",
      userHash: "user-1",
      inferenceId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      target: "local",
    });
    expect(sampleSchema.safeParse(sample).success).toBe(true);
    expect(report).toEqual({ inferences: 1, mined: { log: 1 }, refusedInferences: {}, refusedAnswers: {} });
  });

  it("makes another model's plan strict before it judges and keeps it", async () => {
    const plan = createPlan("calm");
    const loose = {
      outfits: [
        ...plan.outfits.map((outfit) => ({
          ...outfit,
          tip: "smile",
          items: outfit.items.map((item) => ({ ...item, min: 20, max: 49.9, brand: "ZARA" })),
        })),
        { looks: "second", description: "not asked for", items: [] },
      ],
    };
    const { sample } = await mine({
      inference: stylist("", { body: { request: REQUEST, answer: JSON.stringify(loose) } }),
    });
    expect(sample?.output).toEqual(plan);
  });

  it.each<[string, Case]>([
    ["no_consent", { inference: stylist("calm", { consent: "log" }) }],
    ["no_body", { inference: stylist("calm", { body: null }) }],
    [
      "no_brief",
      { inference: { body: { request: { messages: [{ role: "user", content: "hi" }] }, answer: "x" } } },
    ],
    ["no_brief", { inference: { body: { request: null, answer: "x" } } }],
  ])("refuses an inference with %s", async (reason, one) => {
    const { sample, report } = await mine(one);
    expect(sample).toBeNull();
    expect(report).toMatchObject({ refusedInferences: { [reason]: 1 }, refusedAnswers: {} });
  });

  it.each<[string, Case]>([
    ["status", { inference: stylist("calm", { status: 502 }) }],
    ["finish_reason", { inference: stylist("calm", { finishReason: "length" }) }],
    ["no_answer", { inference: { body: { request: REQUEST, answer: null } } }],
    ["json", { inference: { body: { request: REQUEST, answer: "Sure! {" } } }],
    ["schema", { inference: { body: { request: REQUEST, answer: '{"outfits":[]}' } } }],
    ["taste", { inference: stylist("ugly") }],
    ["restricted_teacher", { inference: stylist("calm", TEACHER) }],
    ["unknown_license", { inference: stylist("calm", { licenseClass: null }) }],
    ["rejected", { inference: stylist("calm"), feedback: [{ verdict: "reject" }] }],
    ["rejected", { inference: stylist("calm"), feedback: [{ verdict: null, score: 0.2 }] }],
  ])("refuses an answer with %s", async (reason, one) => {
    const { sample, report } = await mine(one);
    expect(sample).toBeNull();
    expect(report).toMatchObject({
      refusedInferences: { no_good_answer: 1 },
      refusedAnswers: { [reason]: 1 },
    });
  });

  it("takes a restricted teacher's answer for research", async () => {
    const { looks, sample } = await mine({ inference: stylist("calm", TEACHER) }, { policy: "research" });
    expect([looks, sample?.licenseClass]).toEqual(["calm", "restricted_teacher"]);
  });

  it("takes the shadow answer when the served one fails, and the other way round", async () => {
    const first = await mine({ inference: stylist("ugly", TEACHER), shadows: [shadow("good", LOCAL)] });
    expect([first.looks, first.sample?.target]).toEqual(["good", "local"]);
    const second = await mine({ inference: stylist("good"), shadows: [shadow("ugly", LOCAL)] });
    expect(second.looks).toBe("good");
    const failed = {
      answer: null,
      finishReason: null,
      error: { kind: "timeout", message: "late" },
      ...LOCAL,
    };
    const third = await mine({ inference: stylist("calm", { status: 502 }), shadows: [failed] });
    expect(third.report.refusedAnswers).toEqual({ shadow_error: 1, status: 1 });
  });

  it("prefers an answer that may be learned from freely, wherever it stands", async () => {
    const one = { inference: stylist("teacher", TEACHER), shadows: [shadow("ours", LOCAL)] };
    expect((await mine(one, { policy: "research" })).looks).toBe("ours");
    const other = { inference: stylist("ours", LOCAL), shadows: [shadow("teacher", TEACHER)] };
    expect((await mine(other, { policy: "research" })).looks).toBe("ours");
  });

  it("prefers the served answer that people accepted", async () => {
    const one = {
      inference: stylist("teacher", TEACHER),
      shadows: [shadow("ours", LOCAL)],
      feedback: [{ verdict: "accept" as const }],
    };
    expect((await mine(one, { policy: "research" })).looks).toBe("teacher");
    expect((await mine(one)).looks).toBe("ours");
  });

  it("lets the latest judgement count", async () => {
    const changed = [
      { verdict: "reject" as const, createdAt: 1_000 },
      { verdict: "accept" as const, createdAt: 2_000 },
    ];
    expect((await mine({ inference: stylist("calm"), feedback: changed })).looks).toBe("calm");
    expect((await mine({ inference: stylist("calm"), feedback: changed.toReversed() })).looks).toBe("calm");
  });

  it("prefers a person's correction to everything", async () => {
    const { looks, sample } = await mine({
      inference: stylist("calm"),
      shadows: [shadow("ours", LOCAL)],
      feedback: [{ verdict: "reject", correction: createPlan("corrected") }],
    });
    expect([looks, sample?.source, sample?.licenseClass]).toEqual(["corrected", "feedback", "commercial_ok"]);
    expect(sample?.id).toMatch(/^feedback-/);
  });

  it("falls back to a shadow, never to the corrected answer, when the correction itself fails", async () => {
    const correction = { verdict: null, correction: createPlan("ugly") };
    const alone = await mine({ inference: stylist("calm"), feedback: [correction] });
    expect(alone.report.refusedAnswers).toEqual({ corrected: 1, taste: 1 });
    const one = { inference: stylist("calm"), shadows: [shadow("ours", LOCAL)], feedback: [correction] };
    expect((await mine(one)).looks).toBe("ours");
  });

  it("keeps a corrected teacher's plan under the teacher's licence", async () => {
    const one = {
      inference: stylist("calm", TEACHER),
      feedback: [{ verdict: null, correction: createPlan("corrected") }],
    };
    expect((await mine(one)).sample).toBeNull();
    expect((await mine(one, { policy: "research" })).sample?.licenseClass).toBe("restricted_teacher");
  });

  it("reads bodies of the form endpoint too", async () => {
    const request = {
      form: { preparing_for: "gala" },
      profile: { gender: "male", profileImageUrl: "https://x/y" },
    };
    const { sample } = await mine({ inference: { body: { request, answer: answer("calm") } } });
    expect(sample?.input).toEqual({
      form: { preparing_for: "gala", preferred_brand: "", budget: "", description: "" },
      profile: { gender: "male" },
    });
  });

  it("looks only at what is recent enough and of the route", async () => {
    await record({ inference: stylist("calm", { createdAt: 5_000 }) });
    const count = async (options: Partial<MiningOptions>) => {
      const found = minePairs(reader, { judge: tasteJudge, lexicon, policy: "commercial", ...options });
      await collect(found.samples);
      return found.report().inferences;
    };
    expect(await count({ sinceMs: 5_000 })).toBe(1);
    expect(await count({ sinceMs: 5_001 })).toBe(0);
    expect(await count({ route: "another" })).toBe(0);
  });
});
