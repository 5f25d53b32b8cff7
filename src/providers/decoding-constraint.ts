/**
 * How domain knowledge steers a local model, without the engine knowing the domain.
 *
 * A constraint is a program of steps. The engine appends `text` steps without sampling, lets the model write `field`
 * steps under a grammar, and hands each field's text back to `next`, which decides what follows: so later fields
 * can depend on earlier ones (what is left of a budget, which slots are still free).
 */
export interface DecodingConstraint {
  /** Stable name for log rows and reports, e.g. "stylist-plan". */
  readonly name: string;
  /** Identifies prompt text and constraint rules together; stored with every inference. */
  readonly promptVersion: string;
  /** The exact messages the model was trained on; they replace the caller's for a local model. */
  readonly messages: readonly { readonly role: "system" | "user" | "assistant"; readonly content: string }[];
  /**
   * A fresh program for one answer, not shared between answers. What it leaves to chance it draws from the seed (any
   * integer): the same seed and the same fields give the same steps.
   */
  start(seed: number): ConstraintProgram;
}

export type ConstraintStep =
  /** Text that must come next; costs one batched decode, no sampling. */
  | { readonly kind: "text"; readonly text: string }
  | {
      readonly kind: "field";
      /**
       * GBNF whose `root` matches what the model may write, up to and including one of `stops`. The engine itself
       * allows the text in `after` behind it, so that tokens that straddle the boundary stay possible.
       */
      readonly grammar: string;
      /**
       * The field is over as soon as its text holds one of these (for instance `"`); included in the text handed back.
       * Several of them let the model choose what follows as it ends the field.
       */
      readonly stops: readonly string[];
      /**
       * What is known to follow, whatever the field says; empty when it depends on the field. Unless the field is
       * retried or replaced, the next step must be `text` that begins with it.
       */
      readonly after: string;
      /** Token cap; at the cap the field counts as failed and `next` sees `complete: false`. */
      readonly maxTokens: number;
    }
  /**
   * Throw the last field's tokens away and write it again: the same field, a fresh sample, from here on under `grammar`
   * where one is given. Only right after a field.
   */
  | { readonly kind: "retry"; readonly grammar?: string | undefined }
  /** Throw the last field's tokens away and put this text (with a stop of it) in their place. Only right after a field. */
  | { readonly kind: "replace"; readonly text: string }
  | { readonly kind: "done" };

/** The text of the field just written (with its stop, without `after`); null on the first call and after `text` steps. */
export type FieldResult = { readonly text: string; readonly complete: boolean } | null;

export interface ConstraintProgram {
  next(field: FieldResult): ConstraintStep;
  /** How often the program retried or replaced a field so far. */
  readonly interventions: { readonly retries: number; readonly replacements: number };
}
