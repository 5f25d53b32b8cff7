import { join } from "node:path";
import { InvalidArgumentError, Option } from "commander";
import { REPOSITORY_ROOT } from "../config/environment.ts";
import type { AnswerJudge } from "../dataset/judge.ts";
import { LICENSE_POLICIES, type LicensePolicy } from "../dataset/license-policy.ts";
import type { ValidationOptions } from "../dataset/validate.ts";
import { checkAnswer } from "../style/checks/check-answer.ts";
import { loadLexicon } from "../style/load-lexicon.ts";

/** What every dataset command judges by: the committed lexicon and the hard checks, guidance among them. */
export function createJudging(policy: LicensePolicy): ValidationOptions {
  const lexicon = loadLexicon(join(REPOSITORY_ROOT, "data", "style"));
  const judge: AnswerJudge = (text, brief) => checkAnswer(text, brief, lexicon);
  return { judge, lexicon, policy };
}

export function createPolicyOption(): Option {
  return new Option(
    "--policy <policy>",
    "commercial: only answers free to learn from; research: any with a known licence",
  )
    .choices(LICENSE_POLICIES)
    .default("commercial");
}

export function createJsonOption(): Option {
  return new Option("--json", "print JSON").default(false);
}

export function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1)
    throw new InvalidArgumentError("It must be a whole number above 0.");
  return count;
}

export function parsePercent(text: string): number {
  const percent = Number(text);
  if (text.trim() === "" || !(percent >= 0 && percent <= 100)) {
    throw new InvalidArgumentError("It must be a number from 0 to 100.");
  }
  return percent;
}

/** "2026-01-31", "2026-01-31T12:00:00Z" or a span back from now such as "7d", "12h". Unix milliseconds. */
export function parseSince(text: string): number {
  const span = /^(\d+)([dhm])$/.exec(text);
  if (span !== null)
    return Date.now() - Number(span[1]) * SPAN_MS[span[2] === "d" ? "d" : span[2] === "h" ? "h" : "m"];
  const time = Date.parse(text);
  if (Number.isNaN(time))
    throw new InvalidArgumentError("It must be a date such as 2026-01-31, or a span such as 7d.");
  return time;
}

const SPAN_MS = { d: 86_400_000, h: 3_600_000, m: 60_000 } as const;

/** Where `synth` says what made a file of samples: generator, seed, count. */
export function nameGeneratorFile(samples: string): string {
  return `${samples}.generator.json`;
}
