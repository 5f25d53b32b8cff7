import type { OpenCall } from "./exchange.ts";

/** Reads an answer to its end; what `parse` throws is the call's failure. */
export async function readWhole<Answer>(opened: OpenCall, parse: (text: string) => Answer): Promise<Answer> {
  try {
    const answer = parse(await opened.response.body.text());
    opened.finish();
    return answer;
  } catch (error) {
    throw opened.fail(error);
  }
}
