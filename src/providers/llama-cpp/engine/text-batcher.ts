import type { FromEngine } from "../engine-messages.ts";

/** Joins a job's texts of one event-loop turn into one message; every other message first sends what waits. */
export function createTextBatcher(send: (message: FromEngine) => void): (message: FromEngine) => void {
  const waiting = new Map<number, string>();
  const flush = () => {
    for (const [jobId, text] of waiting) send({ type: "text", jobId, text });
    waiting.clear();
  };
  return (message) => {
    if (message.type !== "text") {
      flush();
      send(message);
      return;
    }
    if (waiting.size === 0) setImmediate(flush);
    waiting.set(message.jobId, (waiting.get(message.jobId) ?? "") + message.text);
  };
}
