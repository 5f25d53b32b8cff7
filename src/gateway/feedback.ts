import { z } from "zod";
import { createUuidV7, parseInferenceId } from "../protocol/ids.ts";
import { OpenAiError } from "../protocol/openai-error.ts";
import type { InferenceReader, InferenceRecorder, PairRow } from "../store/inference-log.ts";
import { parseInput } from "./parse-input.ts";
import { convertRecordingError } from "./recording-error.ts";

/** `inference_id` is the inference's UUID or the id the client saw (`chatcmpl-…`, `cmpl-…`, `resp_…`). */
const feedbackSchema = z
  .strictObject({
    inference_id: z.string().min(1).max(100),
    score: z.number().min(0).max(1).nullish(),
    verdict: z.enum(["accept", "reject"]).nullish(),
    correction: z.looseObject({}).nullish(),
    comment: z.string().max(4000).nullish(),
  })
  .refine(
    ({ score, verdict, correction, comment }) =>
      [score, verdict, correction, comment].some((part) => part != null),
    { path: ["score"] },
  );

export interface FeedbackDeps {
  readonly recorder: InferenceRecorder;
  readonly reader: InferenceReader;
  readonly now: () => number;
}

/**
 * Stores what a person or program thinks of an answer; resolves once it is safe. Throws OpenAiError 400, 404, 503 while
 * it cannot be kept, 500 when the log refuses it.
 */
export function createFeedbackTaker({ recorder, reader, now }: FeedbackDeps) {
  return async (body: unknown): Promise<{ id: string; inference_id: string }> => {
    const { inference_id: given, score, verdict, correction, comment } = parseInput(feedbackSchema, body);
    const inferenceId = parseInferenceId(given);
    const pair = await find(inferenceId);
    if (pair === null) {
      throw new OpenAiError("There is no inference with that id.", {
        status: 404,
        code: "inference_not_found",
        param: "inference_id",
      });
    }
    const createdAt = now();
    const id = createUuidV7(createdAt);
    const opinion = {
      id,
      inferenceId,
      stickyKeyHash: pair.inference.stickyKeyHash,
      score: score ?? null,
      verdict: verdict ?? null,
      correction: correction ?? null,
      comment: comment ?? null,
      createdAt,
    };
    await insist(recorder.recordFeedbackDurably(opinion));
    return { id, inference_id: inferenceId };
  };

  /** Feedback may be faster than the log's own writing. */
  async function find(id: string): Promise<PairRow | null> {
    const pair = await reader.readInference(id);
    if (pair !== null) return pair;
    await insist(recorder.flush());
    return reader.readInference(id);
  }
}

async function insist(recording: Promise<void>): Promise<void> {
  try {
    await recording;
  } catch (error) {
    throw convertRecordingError(error, "Feedback");
  }
}
