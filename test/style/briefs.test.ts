import { describe, expect, it } from "vitest";
import { parseBrands } from "../../src/style/brands.ts";
import type { Budget } from "../../src/style/budget.ts";
import type { Form, Profile } from "../../src/style/form.ts";
import { loadLexicon } from "../../src/style/load-lexicon.ts";
import { parseBrief } from "../../src/style/parse-brief.ts";
import { parseBudget } from "../../src/style/parse-budget.ts";
import { buildPromptMessages } from "../../src/style/prompt.ts";
import { readFixture } from "./read-fixture.ts";

type Row =
  | { readonly kind: "budget"; readonly text: string; readonly expected: Budget | null }
  | { readonly kind: "brands"; readonly text: string; readonly expected: string[] }
  | {
      readonly kind: "prompt";
      readonly form: Form;
      readonly profile: Profile;
      readonly outfits: number;
      readonly expected: string;
    };

const lexicon = loadLexicon("data/style");
const rows = readFixture<Row>("style/briefs.jsonl");

describe("the shared briefs", () => {
  it("are at least 150", () => {
    expect(rows.length).toBeGreaterThanOrEqual(150);
  });

  for (const row of rows) {
    if (row.kind === "budget") {
      it(`reads the budget ${JSON.stringify(row.text)}`, () => {
        expect(parseBudget(row.text)).toEqual(row.expected);
      });
    }
    if (row.kind === "brands") {
      it(`reads the brands ${JSON.stringify(row.text)}`, () => {
        expect(parseBrands(row.text, lexicon)).toEqual(row.expected);
      });
    }
    if (row.kind === "prompt") {
      it(`builds the prompt for ${JSON.stringify(row.form.preparing_for.slice(0, 40))}`, () => {
        const [system, user] = buildPromptMessages(parseBrief(row, lexicon), lexicon.prompt);
        expect(system).toEqual({ role: "system", content: lexicon.prompt.system });
        expect(user).toEqual({ role: "user", content: row.expected });
      });
    }
  }
});
