import type { ConstraintProgram, ConstraintStep, FieldResult } from "../decoding-constraint.ts";

/** More texts than this in a row means a program that does not end. */
const MAX_STEPS = 1000;

/**
 * What the engine can do without asking again: texts up to the next field or the end. After `replace` the program is
 * asked on with null, since the text in place is its own.
 */
export function collectProgramSteps(program: ConstraintProgram, field: FieldResult): ConstraintStep[] {
  const steps: ConstraintStep[] = [];
  let step = program.next(field);
  for (;;) {
    steps.push(step);
    if (step.kind !== "text" && step.kind !== "replace") return steps;
    if (steps.length > MAX_STEPS) throw new Error("the constraint program does not come to an end");
    step = program.next(null);
  }
}
