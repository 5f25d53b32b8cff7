import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { renderCompatibility } from "../../scripts/compatibility/render.ts";

test("docs/compatibility.md says what the code does (npm run docs:compatibility writes it anew)", () => {
  const written = readFileSync(new URL("../../docs/compatibility.md", import.meta.url), "utf8");
  expect(written).toBe(renderCompatibility());
});

test("each kind of treatment is found by probing", () => {
  const page = renderCompatibility();
  for (const line of [
    /^\| `previous_response_id` \| refused/m,
    /^\| `reasoning` \| dropped/m,
    /^\| `max_output_tokens` \| supported \| `max_completion_tokens` \|$/m,
    /^\| `prompt \(token ids\)` \| refused/m,
    /^\| `temperature` \| supported \| passed on \| passed on \|/m,
    /^\| `logit_bias` .*\| dropped \|/m,
    /^\| `max_completion_tokens` .*\| renamed \|/m,
  ])
    expect(page).toMatch(line);
});
