import type { Lexicon } from "../style/load-lexicon.ts";
import { hashInput, hashPair } from "./hash.ts";
import { type AnswerJudge, listFailures } from "./judge.ts";
import { type LicensePolicy, refuseLicense } from "./license-policy.ts";
import { readSampleBrief } from "./read-brief.ts";
import { createCounter, type ReasonCounts } from "./reason-counts.ts";
import { pickLicenseClass, type Sample, sampleSchema } from "./sample.ts";
import type { IsErased } from "./sample-origin.ts";

/** Longest of each form text and of one outfit as JSON, in UTF-16 units; both far above what the prompt keeps. */
const MAX_TEXT = 2_000;
const MAX_OUTFIT_JSON = 4_000;

export interface ValidationOptions {
  readonly judge: AnswerJudge;
  readonly lexicon: Lexicon;
  readonly policy: LicensePolicy;
  /** Samples of what was erased are refused as `erased`; nothing was when left out. */
  readonly isErased?: IsErased | undefined;
}

export type ValidationResult =
  | { readonly ok: true; readonly sample: Sample }
  /** Reason codes: `json`, `schema`, `erased`, `unknown_license` …, `too_long`, or names of hard checks. */
  | { readonly ok: false; readonly reasons: readonly string[] };

/** Judges one line by itself, without regard to duplicates. */
export function validateSample(line: string, options: ValidationOptions): ValidationResult {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { ok: false, reasons: ["json"] };
  }
  const parsed = sampleSchema.safeParse(value);
  if (!parsed.success) return { ok: false, reasons: ["schema"] };
  const sample = parsed.data;
  if (isSampleErased(sample, options)) return { ok: false, reasons: ["erased"] };
  const license = refuseLicense(pickLicenseClass(sample), options.policy);
  const text = JSON.stringify(sample.output);
  const reasons = [
    ...(license === null ? [] : [license]),
    ...(isTooLong(sample) ? ["too_long"] : []),
    ...listFailures(options.judge, { text, brief: readSampleBrief(sample, options.lexicon) }),
  ];
  return reasons.length === 0 ? { ok: true, sample } : { ok: false, reasons };
}

function isSampleErased({ inferenceId, userHash }: Sample, { isErased }: ValidationOptions): boolean {
  return isErased?.({ inferenceId: inferenceId ?? null, stickyKeyHash: userHash ?? null }) ?? false;
}

function isTooLong({ input, output }: Sample): boolean {
  return (
    Object.values(input.form).some((text) => text.length > MAX_TEXT) ||
    output.outfits.some((outfit) => JSON.stringify(outfit).length > MAX_OUTFIT_JSON)
  );
}

interface DuplicateFinder {
  /** `duplicate_pair`: this input with this output came before; `duplicate_input`: with another output; null: new. */
  find(sample: Sample): "duplicate_pair" | "duplicate_input" | null;
}

function createDuplicateFinder(): DuplicateFinder {
  const inputs = new Set<string>();
  const pairs = new Set<string>();
  return {
    find(sample) {
      const [input, pair] = [hashInput(sample.input), hashPair(sample)];
      const found = pairs.has(pair) ? "duplicate_pair" : inputs.has(input) ? "duplicate_input" : null;
      inputs.add(input);
      pairs.add(pair);
      return found;
    },
  };
}

export interface ValidationReport {
  readonly lines: number;
  readonly accepted: number;
  readonly bySource: ReasonCounts;
  readonly byLicenseClass: ReasonCounts;
  /** A line with several reasons counts under each. */
  readonly reasons: ReasonCounts;
}

/** Judges lines one after the other, duplicates too; memory grows with hashes only. */
export async function validateLines(
  lines: AsyncIterable<string>,
  options: ValidationOptions,
): Promise<ValidationReport> {
  const duplicates = createDuplicateFinder();
  const counters = { bySource: createCounter(), byLicenseClass: createCounter(), reasons: createCounter() };
  let total = 0;
  let accepted = 0;
  for await (const line of lines) {
    total += 1;
    const result = validateSample(line, options);
    const duplicate = result.ok ? duplicates.find(result.sample) : null;
    if (result.ok && duplicate === null) {
      accepted += 1;
      counters.bySource.add(result.sample.source);
      counters.byLicenseClass.add(pickLicenseClass(result.sample));
    }
    const reasons = result.ok ? [] : result.reasons;
    for (const reason of duplicate === null ? reasons : [duplicate]) counters.reasons.add(reason);
  }
  return {
    lines: total,
    accepted,
    bySource: counters.bySource.read(),
    byLicenseClass: counters.byLicenseClass.read(),
    reasons: counters.reasons.read(),
  };
}
