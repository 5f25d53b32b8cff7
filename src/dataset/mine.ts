import type { InferenceReader, PairRow } from "../store/inference-log.ts";
import type { Brief } from "../style/brief.ts";
import type { Lexicon } from "../style/load-lexicon.ts";
import { loosePlanSchema, type Plan } from "../style/plan.ts";
import { type AnswerJudge, listFailures } from "./judge.ts";
import { type LicensePolicy, refuseLicense } from "./license-policy.ts";
import { type Candidate, listCandidates } from "./mine-candidates.ts";
import { normalisePlan } from "./normalise-plan.ts";
import { convertBriefToInput, readLoggedBrief } from "./read-brief.ts";
import { createCounter, type ReasonCounts } from "./reason-counts.ts";
import type { Sample } from "./sample.ts";
import type { IsErased } from "./sample-origin.ts";

export interface MiningOptions {
  readonly judge: AnswerJudge;
  readonly lexicon: Lexicon;
  readonly policy: LicensePolicy;
  /** What was erased is passed over; nothing was when left out. */
  readonly isErased?: IsErased | undefined;
  /** Only inferences from this time on, Unix milliseconds. */
  readonly sinceMs?: number | undefined;
  readonly route?: string | undefined;
}

export interface MiningReport {
  /** Inferences looked at. */
  readonly inferences: number;
  /** Samples found, by source: at most one an inference. */
  readonly mined: ReasonCounts;
  /** Why inferences gave nothing at all. */
  readonly refusedInferences: ReasonCounts;
  /** Why single answers were passed over, whether or not another answer of the pair was taken. */
  readonly refusedAnswers: ReasonCounts;
}

export interface Mine {
  /** Consume once. Oldest first, constant memory. */
  readonly samples: AsyncIterable<Sample>;
  /** Complete once `samples` is. */
  report(): MiningReport;
}

/** Picks what may be taught out of the log: for every consented stylist request the best answer that passes all checks. */
export function minePairs(reader: InferenceReader, options: MiningOptions): Mine {
  const mined = createCounter();
  const refusedInferences = createCounter();
  const refusedAnswers = createCounter();
  let inferences = 0;

  async function* samples(): AsyncIterable<Sample> {
    for await (const pair of reader.streamPairs({ sinceMs: options.sinceMs, route: options.route })) {
      inferences += 1;
      const result = minePair(pair, { ...options, refuseAnswer: refusedAnswers.add });
      if (typeof result === "string") {
        refusedInferences.add(result);
      } else {
        mined.add(result.source);
        yield result;
      }
    }
  }

  return {
    samples: samples(),
    report: () => ({
      inferences,
      mined: mined.read(),
      refusedInferences: refusedInferences.read(),
      refusedAnswers: refusedAnswers.read(),
    }),
  };
}

type PairOptions = MiningOptions & { readonly refuseAnswer: (reason: string) => void };

/** The pair's sample, or the reason why it has none. Consent is asked before anything of the content is looked at. */
function minePair(pair: PairRow, options: PairOptions): Sample | string {
  const { inference } = pair;
  const { id: inferenceId, stickyKeyHash } = inference;
  // Erased while the log is read.
  if (options.isErased?.({ inferenceId, stickyKeyHash })) return "erased";
  if (inference.consent !== "train") return "no_consent";
  if (inference.body === null) return "no_body";
  const brief = readLoggedBrief(inference.body.request, options.lexicon);
  if (brief === null) return "no_brief";
  for (const candidate of listCandidates(pair)) {
    const result = judgeCandidate(candidate, { ...options, brief });
    if (Array.isArray(result)) {
      for (const reason of result) options.refuseAnswer(reason);
    } else {
      return {
        id: candidate.sampleId,
        source: candidate.source,
        input: convertBriefToInput(brief),
        output: result,
        licenseClass: candidate.licenseClass,
        userHash: inference.stickyKeyHash ?? undefined,
        inferenceId: inference.id,
        target: candidate.target ?? undefined,
      };
    }
  }
  return "no_good_answer";
}

/** The plan to teach, or the reasons against it. Licence comes first: a barred answer's quality is nobody's business. */
function judgeCandidate(
  candidate: Candidate,
  options: MiningOptions & { readonly brief: Brief },
): Plan | string[] {
  const { text, refused, licenseClass } = candidate;
  if (text === null || refused !== null) return [refused ?? "no_answer"];
  const barred = refuseLicense(licenseClass, options.policy);
  if (barred !== null) return [barred];
  const parsed = parseJson(text);
  if (parsed === undefined) return ["json"];
  const loose = loosePlanSchema.safeParse(parsed);
  const plan = loose.success
    ? normalisePlan(loose.data, { lexicon: options.lexicon, outfits: options.brief.outfits })
    : null;
  if (plan === null) return ["schema"];
  const failures = listFailures(options.judge, { text: JSON.stringify(plan), brief: options.brief });
  return failures.length === 0 ? plan : failures;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
