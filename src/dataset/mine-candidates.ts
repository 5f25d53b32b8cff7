import type { FeedbackRecord, PairRow } from "../store/inference-log.ts";
import { type LicenseClass, licenseClassSchema } from "./sample.ts";

/** One possible training target of a pair. */
export interface Candidate {
  readonly source: "log" | "feedback";
  readonly sampleId: string;
  /** JSON text of the plan; null when there is no usable answer, for the reason in `refused`. */
  readonly text: string | null;
  readonly refused: string | null;
  readonly target: string | null;
  readonly licenseClass: LicenseClass;
}

/** Under this a score counts as a rejection. */
const ACCEPTED_SCORE = 0.5;

/**
 * Everything in a pair that could be taught, best first: a person's correction, the served answer when people accepted
 * it, then answers that may be learned from freely, then the rest.
 */
export function listCandidates(pair: PairRow): Candidate[] {
  const opinion = summariseFeedback(pair.feedback);
  const primary = readPrimary(pair, opinion);
  const rest = [...(opinion.isAccepted ? [] : [primary]), ...readShadows(pair)];
  const free = rest.filter((candidate) => candidate.licenseClass === "commercial_ok");
  const bound = rest.filter((candidate) => candidate.licenseClass !== "commercial_ok");
  return [...readCorrection(pair, opinion), ...(opinion.isAccepted ? [primary] : []), ...free, ...bound];
}

interface Opinion {
  readonly isAccepted: boolean;
  readonly isRejected: boolean;
  readonly correction: FeedbackRecord | null;
}

/** The latest judgement counts, and the latest correction. */
function summariseFeedback(feedback: readonly FeedbackRecord[]): Opinion {
  const inOrder = feedback.toSorted((one, two) => one.createdAt - two.createdAt);
  const judged = inOrder.map(readJudgement).filter((accepted) => accepted !== null);
  const latest = judged.at(-1);
  const correction =
    inOrder.findLast((one) => one.correction !== null && one.correction !== undefined) ?? null;
  return {
    isAccepted: latest === true && correction === null,
    isRejected: latest === false,
    correction,
  };
}

function readJudgement({ verdict, score }: FeedbackRecord): boolean | null {
  if (verdict !== null) return verdict === "accept";
  return score === null ? null : score >= ACCEPTED_SCORE;
}

/** A corrected plan keeps the licence class of the answer it started from: what people left of it is still its maker's. */
function readCorrection({ inference }: PairRow, { correction }: Opinion): Candidate[] {
  if (correction === null) return [];
  const served = parseLicenseClass(inference.licenseClass);
  return [
    {
      source: "feedback",
      sampleId: `feedback-${correction.id}`,
      text: JSON.stringify(correction.correction),
      refused: null,
      target: inference.target,
      licenseClass: inference.licenseClass === null ? "commercial_ok" : served,
    },
  ];
}

function readPrimary({ inference }: PairRow, opinion: Opinion): Candidate {
  const pickRefusal = (): string | null => {
    if (opinion.isRejected) return "rejected";
    if (opinion.correction !== null) return "corrected";
    if (inference.status !== 200) return "status";
    if (inference.finishReason !== "stop") return "finish_reason";
    return inference.body?.answer ? null : "no_answer";
  };
  return {
    source: "log",
    sampleId: `log-${inference.id}`,
    text: inference.body?.answer ?? null,
    refused: pickRefusal(),
    target: inference.target,
    licenseClass: parseLicenseClass(inference.licenseClass),
  };
}

function readShadows({ shadows }: PairRow): Candidate[] {
  return shadows.map((shadow) => {
    const finished = shadow.finishReason === "stop" ? null : "finish_reason";
    return {
      source: "log",
      sampleId: `log-${shadow.id}`,
      text: shadow.answer,
      refused: shadow.error === null && shadow.answer !== null ? finished : "shadow_error",
      target: shadow.target,
      licenseClass: parseLicenseClass(shadow.licenseClass),
    };
  });
}

function parseLicenseClass(text: string | null): LicenseClass {
  const result = licenseClassSchema.safeParse(text);
  return result.success ? result.data : "unknown";
}
