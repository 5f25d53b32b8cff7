import { afterAll, beforeAll, expect, it } from "vitest";
import type {
  ConstraintProgram,
  ConstraintStep,
  DecodingConstraint,
  FieldResult,
} from "../../../src/providers/decoding-constraint.ts";
import type { LlamaCppProvider } from "../../../src/providers/llama-cpp/llama-cpp-provider.ts";
import { createTinyProvider } from "../../support/tiny-engine.ts";
import { collect, joinText } from "../contract.ts";
import { createCall } from "./create-call.ts";

let provider: LlamaCppProvider;
beforeAll(() => {
  provider = createTinyProvider();
});
afterAll(() => provider.close(0));

const word: Extract<ConstraintStep, { kind: "field" }> = {
  kind: "field",
  grammar: 'root ::= [a-z ]{1,12} "\\""',
  stops: ['"'],
  after: ',"next":"',
  maxTokens: 20,
};

type Script = (field: FieldResult, seen: FieldResult[]) => ConstraintStep;

/** A constraint whose program follows `script`; `seen` holds every field result in order. */
function createConstraint(script: Script) {
  const seen: FieldResult[] = [];
  const interventions = { retries: 0, replacements: 0 };
  const constraint: DecodingConstraint = {
    name: "test",
    promptVersion: "p1",
    messages: [{ role: "user", content: "write" }],
    start: (): ConstraintProgram => ({
      interventions,
      next(field) {
        seen.push(field);
        const step = script(field, seen);
        if (step.kind === "retry") interventions.retries++;
        if (step.kind === "replace") interventions.replacements++;
        return step;
      },
    }),
  };
  return { constraint, seen };
}

/** Plays steps in order, whatever the fields say. */
function play(steps: readonly ConstraintStep[]): Script {
  let index = 0;
  return () => steps[index++] ?? { kind: "done" };
}

async function run(script: Script, request: Parameters<typeof createCall>[0] = {}) {
  const { constraint, seen } = createConstraint(script);
  const { completion, facts } = await provider.complete(
    createCall({ temperature: 1, ...request }, { constraint }),
  );
  const fields = seen.filter((field) => field !== null);
  return {
    text: completion.choices[0]?.message.content,
    reason: completion.choices[0]?.finish_reason,
    completion,
    facts,
    fields,
  };
}

it("joins texts and fields to exactly the answer", async () => {
  const start = { kind: "text", text: '{"name":"' } as const;
  const middle = { kind: "text", text: ',"next":"' } as const;
  const end = { kind: "text", text: "}" } as const;
  for (let seed = 0; seed < 8; seed++) {
    const last = { ...word, after: "}" };
    const { text, fields, reason, facts } = await run(play([start, word, middle, word, middle, last, end]), {
      seed,
    });
    expect(fields).toHaveLength(3);
    expect(fields.every((field) => field.complete && /^[a-z ]{1,12}"$/.test(field.text))).toBe(true);
    const [first, second, third] = fields.map((field) => field.text);
    expect(text).toBe(`{"name":"${first},"next":"${second},"next":"${third}}`);
    expect(reason).toBe("stop");
    expect(facts).toMatchObject({
      decoding: "tightened",
      promptVersion: "p1",
      interventions: { retries: 0, replacements: 0 },
    });
  }
});

it("says which fields it takes no heed of", async () => {
  const request = { stop: "x", logprobs: true, top_logprobs: 2 };
  const { text, facts } = await run(play([{ kind: "text", text: "xyz" }]), request);
  expect([text, facts.dropped]).toEqual(["xyz", ["stop", "logprobs", "top_logprobs"]]);
});

it("lets a later field depend on an earlier one", async () => {
  const { text } = await run((field, seen) => {
    if (seen.length === 1) return { kind: "text", text: '{"a":"' };
    if (seen.length === 2) return { ...word, grammar: 'root ::= [a-z] "\\""', after: "" };
    if (seen.length === 3) return { kind: "text", text: `,"again":"${field?.text}}` };
    return { kind: "done" };
  });
  const parsed = JSON.parse(text ?? "");
  expect(parsed.again).toBe(parsed.a);
});

it("lets the model choose what follows as it ends a field", async () => {
  const going = '","more":"';
  const ending = '"}';
  const open = {
    ...word,
    grammar: `root ::= [a-z]{1,4} (${[going, ending].map((stop) => JSON.stringify(stop)).join(" | ")})`,
    stops: [going, ending],
    after: "",
  };
  const chosen = new Set<string>();
  for (let seed = 0; seed < 24; seed++) {
    const { text, fields } = await run(
      (field, seen) => {
        if (seen.length === 1) return { kind: "text", text: '{"name":"' };
        return field?.text.endsWith(ending) || seen.length > 12 ? { kind: "done" } : open;
      },
      { seed },
    );
    expect(text).toBe(`{"name":"${fields.map((field) => field.text).join("")}`);
    for (const field of fields) {
      expect(field.text).toMatch(/^[a-z]{1,4}(?:","more":"|"\})$/);
      chosen.add(field.text.endsWith(ending) ? ending : going);
    }
  }
  expect(chosen).toEqual(new Set([going, ending]));
}, 60_000);

it("writes a field again with a fresh sample on retry, also when greedy", async () => {
  const wide = { ...word, grammar: 'root ::= [a-z]{6} "\\""', after: "}" };
  const steps: ConstraintStep[] = [
    { kind: "text", text: '{"a":"' },
    wide,
    { kind: "retry" },
    { kind: "retry" },
    { kind: "text", text: "}" },
  ];
  const { text, fields, facts } = await run(play(steps), { temperature: 0, seed: 1 });
  expect(fields).toHaveLength(3);
  expect(new Set(fields.map((field) => field.text)).size).toBeGreaterThan(1);
  expect(text).toBe(`{"a":"${fields[2]?.text}}`);
  expect(facts.interventions).toEqual({ retries: 2, replacements: 0 });
});

it("puts the program's text in a field's place on replace", async () => {
  const steps: ConstraintStep[] = [
    { kind: "text", text: '{"a":"' },
    word,
    { kind: "replace", text: 'shirt"' },
    { kind: "text", text: ',"next":"' },
    { ...word, after: "}" },
    { kind: "text", text: "}" },
  ];
  const { text, fields, facts } = await run(play(steps));
  expect(text).toBe(`{"a":"shirt","next":"${fields[1]?.text}}`);
  expect(facts.interventions).toEqual({ retries: 0, replacements: 1 });
});

it("never streams text that is retried or replaced", async () => {
  const marked = { ...word, grammar: 'root ::= "bad" [a-z]{3} "\\""', after: "" };
  const steps: ConstraintStep[] = [
    { kind: "text", text: '{"a":"' },
    marked,
    { kind: "retry" },
    { kind: "replace", text: 'good"' },
    { kind: "text", text: "}" },
  ];
  const { constraint } = createConstraint(play(steps));
  const stream = await provider.stream(createCall({ stream: true }, { constraint }));
  expect(joinText(await collect(stream.chunks))).toBe('{"a":"good"}');
  expect(stream.facts().interventions).toEqual({ retries: 1, replacements: 1 });
});

it("tells the program when a field reaches its token cap", async () => {
  // No three tokens of the tiny vocabulary are this long.
  const endless = { ...word, grammar: 'root ::= [a-z]{40} "\\""', maxTokens: 3 };
  const steps: ConstraintStep[] = [
    { kind: "text", text: '{"a":"' },
    endless,
    { kind: "replace", text: 'x"' },
    { kind: "text", text: "}" },
  ];
  const { text, fields } = await run(play(steps), { seed: 4 });
  expect(fields[0]).toMatchObject({ complete: false });
  expect(text).toBe('{"a":"x"}');
});

it("ends with reason length at the request's token cap", async () => {
  const endless: Script = (_field, seen) =>
    seen.length % 2 === 1 ? { kind: "text", text: ',"next":"' } : word;
  const { reason, completion } = await run(endless, { max_tokens: 40 });
  expect(reason).toBe("length");
  expect(completion.usage?.completion_tokens).toBeLessThanOrEqual(40);
});

it.each([3, 6])("leaves out what a field is forced to say past a cap of %i tokens", async (most) => {
  const long = { ...word, grammar: 'root ::= "an endless text of many words " [a-z] "\\""' };
  const { text, reason, completion } = await run(play([long]), { max_tokens: most });
  expect(reason).toBe("length");
  expect(completion.usage?.completion_tokens).toBeLessThanOrEqual(most);
  expect("an endless text of many words ".startsWith(text ?? "?")).toBe(true);
});

it.each([1, 2, 5])("writes no text of the program past a cap of %i tokens", async (most) => {
  const opening = '{"outfits":[{"looks":"and more';
  const { text, reason, completion } = await run(play([{ kind: "text", text: opening }, word]), {
    max_tokens: most,
  });
  expect(reason).toBe("length");
  expect(completion.usage?.completion_tokens).toBe(most);
  expect(opening.startsWith(text ?? "?")).toBe(true);
  expect(text?.length).toBeLessThan(opening.length);
});

it("cuts the text that replaces a field at the cap", async () => {
  const steps: ConstraintStep[] = [word, { kind: "replace", text: `${"long ".repeat(30)}"` }];
  const { text, reason, completion } = await run(play(steps), { max_tokens: 25 });
  expect(reason).toBe("length");
  expect(completion.usage?.completion_tokens).toBe(25);
  expect("long ".repeat(30).startsWith(text ?? "?")).toBe(true);
});

it("counts the whole answer for a penalty, not a field at a time", async () => {
  const letter = { ...word, grammar: 'root ::= ("a" | "b" | "c") "\\""', after: "" };
  const steps = Array.from({ length: 12 }, () => letter);
  const measureMost = async (penalty: number) => {
    const { text } = await run(play(steps), { temperature: 0, frequency_penalty: penalty });
    return Math.max(...["a", "b", "c"].map((each) => (text ?? "").split(each).length - 1));
  };
  const free = await measureMost(0);
  expect(free).toBeGreaterThan(6);
  expect(await measureMost(2)).toBeLessThan(free);
});

it("fails the call and frees the slot when the program throws", async () => {
  const { constraint } = createConstraint(() => {
    throw new Error("broken rule");
  });
  await expect(provider.complete(createCall({}, { constraint }))).rejects.toMatchObject({
    kind: "upstream_error",
  });
  await expect(provider.complete(createCall({ max_tokens: 1 }))).resolves.toBeDefined();
});
