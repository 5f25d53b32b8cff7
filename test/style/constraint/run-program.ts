import type {
  ConstraintProgram,
  ConstraintStep,
  FieldResult,
} from "../../../src/providers/decoding-constraint.ts";

type FieldStep = Extract<ConstraintStep, { kind: "field" }>;

/** Writes a field: the text with one of its stops, or without one when the token cap cut it. */
export type FieldWriter = (step: FieldStep, soFar: string) => { text: string; complete: boolean };

const MAX_STEPS = 2000;

/** Runs a program as the engine does and holds it to the interface's rules; returns the answer's text. */
export function runProgram(
  program: ConstraintProgram,
  write: FieldWriter,
  onReplace: (step: FieldStep) => void = () => {},
): string {
  let accepted = "";
  let last = null as { step: FieldStep; text: string; mustFollow: boolean } | null;
  let result: FieldResult = null;
  for (let count = 0; count < MAX_STEPS; count++) {
    const step = program.next(result);
    result = null;
    switch (step.kind) {
      case "text":
        if (last?.mustFollow && !step.text.startsWith(last.step.after))
          throw new Error("text does not begin with `after`");
        accepted += (last?.text ?? "") + step.text;
        last = null;
        break;
      case "field": {
        if (last !== null && last.step.after !== "") throw new Error("`after` must be text");
        accepted += last?.text ?? "";
        const written = write(step, accepted);
        last = { step, text: written.text, mustFollow: true };
        result = written;
        break;
      }
      case "retry": {
        if (!last) throw new Error("retry without a field");
        const again: FieldStep = { ...last.step, grammar: step.grammar ?? last.step.grammar };
        const written = write(again, accepted);
        last = { step: again, text: written.text, mustFollow: false };
        result = written;
        break;
      }
      case "replace":
        if (!last) throw new Error("replace without a field");
        onReplace(last.step);
        accepted += step.text;
        last = null;
        break;
      case "done":
        return accepted + (last?.text ?? "");
    }
  }
  throw new Error("the program does not end");
}
