/**
 * The client of the fault suite, a process of its own: asks, and writes down what it was told. One line an event:
 * `sent ID`, `began ID` at the
 * head of a good answer, then `answered ID MS`, `refused ID STATUS` or `cut ID`. Ends after SIGTERM, when every lane is done.
 *   node test/faults/support/load-process.ts --url http://… --run ID --lanes 8 --streams 0.5
 */
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    url: { type: "string", default: "" },
    run: { type: "string", default: "run" },
    lanes: { type: "string", default: "8" },
    /** Every how many-th request streams; 0: none. */
    streams: { type: "string", default: "2" },
  },
});
const PAUSE_AFTER_FAILURE_MS = 50;
/** What a plan's request weighs. */
const PADDING = "x".repeat(1_000);

let isStopping = false;
process.once("SIGTERM", () => {
  isStopping = true;
});

function note(...words: readonly (string | number)[]): void {
  process.stdout.write(`${words.join(" ")}\n`);
}

async function ask(id: string, isStream: boolean): Promise<boolean> {
  note("sent", id);
  try {
    const response = await fetch(`${values.url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-request-id": id },
      body: JSON.stringify({
        model: "stylist",
        stream: isStream,
        // No two alike, so that no answer comes from a cache.
        messages: [{ role: "user", content: `hello ${id} ${PADDING}` }],
      }),
    });
    if (response.status === 200) note("began", id);
    const text = await response.text();
    if (response.status !== 200) note("refused", id, response.status);
    else if (isStream ? text.trimEnd().endsWith("[DONE]") : JSON.parse(text).id)
      note("answered", id, Date.now());
    else note("cut", id);
    return response.status === 200;
  } catch {
    note("cut", id);
    return false;
  }
}

async function runLane(lane: number): Promise<void> {
  const every = Number(values.streams);
  for (let number = 0; !isStopping; number += 1) {
    const isStream = every > 0 && (number + lane) % every === 0;
    const isWell = await ask(`${values.run}-${lane}-${number}`, isStream);
    if (!isWell) await new Promise((resolve) => setTimeout(resolve, PAUSE_AFTER_FAILURE_MS));
  }
}

await Promise.all(Array.from({ length: Number(values.lanes) }, (_, lane) => runLane(lane)));
