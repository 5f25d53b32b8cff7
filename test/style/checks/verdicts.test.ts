import { describe, expect, it } from "vitest";
import { checkAnswer } from "../../../src/style/checks/check-answer.ts";
import { CHECK_NAMES, type CheckName } from "../../../src/style/checks/check-plan.ts";
import type { Form, Profile } from "../../../src/style/form.ts";
import { loadLexicon } from "../../../src/style/load-lexicon.ts";
import { parseBrief } from "../../../src/style/parse-brief.ts";
import { createVerdictLines } from "../../fixtures/style/make-verdicts.ts";
import { readFixture } from "../read-fixture.ts";

interface Row {
  readonly name: string;
  readonly brief: { readonly form: Form; readonly profile: Profile; readonly outfits: number };
  readonly plan?: unknown;
  readonly text?: string;
  readonly verdicts: Record<CheckName, boolean>;
}

const lexicon = loadLexicon("data/style");
const rows = readFixture<Row>("style/verdicts.jsonl");

describe("the shared verdicts", () => {
  it("are at least 500, and at least ten fail each check", () => {
    expect(rows.length).toBeGreaterThanOrEqual(500);
    for (const name of CHECK_NAMES) {
      expect(rows.filter((row) => !row.verdicts[name]).length, name).toBeGreaterThanOrEqual(10);
    }
  });

  it("are those of the mutations' design", () => {
    expect(createVerdictLines().map((line) => JSON.parse(line))).toEqual(rows);
  });

  it("are what the checks say", () => {
    const differences: string[] = [];
    for (const row of rows) {
      const text = row.text ?? JSON.stringify(row.plan);
      const brief = parseBrief(row.brief, lexicon);
      for (const { name, ok, reason = "passes" } of checkAnswer(text, brief, lexicon)) {
        if (ok !== row.verdicts[name])
          differences.push(`${row.brief.form.preparing_for}: ${row.name}: ${name} ${reason}`);
      }
    }
    expect(differences).toEqual([]);
  });

  it("come in the order of the reports", () => {
    const [row] = rows;
    const names = checkAnswer(
      JSON.stringify(row?.plan),
      parseBrief(row?.brief ?? { form: lexiconForm }, lexicon),
      lexicon,
    );
    expect(names.map(({ name }) => name)).toEqual(CHECK_NAMES);
  });
});

const lexiconForm: Form = { preparing_for: "", preferred_brand: "", budget: "", description: "" };
