/** A language whose automaton would cost more than enforcing it is worth. The caller leaves the keyword to validation. */
export class LanguageLimitError extends Error {
  override readonly name = "LanguageLimitError";
}

/** The language, or undefined when it is past the limits. */
export function withinLimits<Result>(create: () => Result): Result | undefined {
  try {
    return create();
  } catch (error) {
    if (error instanceof LanguageLimitError) return undefined;
    throw error;
  }
}
