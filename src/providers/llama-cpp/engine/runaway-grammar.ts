import type { LlamaGrammarEvaluationState } from "node-llama-cpp";
import { EngineError } from "./engine-error.ts";

/** An ordinary state is copied in microseconds. */
const RUNAWAY_COPY_MS = 10;
/** The quickest of these copies counts: a busy machine can hold up one of them, not each. */
const RUNAWAY_COPIES = 5;

/**
 * A grammar that recurses through alternatives which begin alike has ever more readings of the same text, each token
 * multiplies them, and in the end one token takes hours. The time to copy the state tells their number.
 */
export function refuseRunawayGrammar(grammar: LlamaGrammarEvaluationState | undefined): void {
  if (grammar === undefined) return;
  for (let copy = 0; copy < RUNAWAY_COPIES; copy++) {
    const before = performance.now();
    grammar.clone();
    if (performance.now() - before < RUNAWAY_COPY_MS) return;
  }
  throw new EngineError({
    kind: "invalid_request",
    code: "invalid_json_schema",
    param: "response_format",
    message:
      "Invalid schema for response_format: its alternatives cannot be told apart while they are written.",
  });
}
