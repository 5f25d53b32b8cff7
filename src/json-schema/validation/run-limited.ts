import { createContext, Script } from "node:vm";

/** Work on a client's own schema or pattern ran past its time and was stopped. */
export class TimeLimitExceeded extends Error {
  override readonly name = "TimeLimitExceeded";
}

/**
 * Runs synchronous work with a deadline: V8 breaks it off even inside a regular expression that backtracks for ever,
 * which nothing else in this thread can. Costs about 0.25 ms a call.
 */
export function createLimitedRunner(): <Result>(work: () => Result, timeoutMs: number) => Result {
  const script = new Script("work()");
  const context = createContext({ work: () => undefined });
  return (work, timeoutMs) => {
    context.work = work;
    try {
      return script.runInContext(context, { timeout: timeoutMs });
    } catch (error) {
      if (isTimeout(error)) throw new TimeLimitExceeded(`stopped after ${timeoutMs} ms`);
      throw error;
    } finally {
      context.work = undefined;
    }
  };
}

/** The error comes from the other context, so it is no instance of this one's Error. */
function isTimeout(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return false;
  return "code" in error && error.code === "ERR_SCRIPT_EXECUTION_TIMEOUT";
}
