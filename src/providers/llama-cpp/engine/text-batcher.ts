import type { EngineMail, FromEngine } from "../engine-messages.ts";

type TextMessage = Extract<FromEngine, { readonly type: "text" }>;

/**
 * Collects the texts of all answers in one event-loop turn and sends them together; every other message goes at once,
 * behind the texts that wait.
 */
export function createTextBatcher(send: (mail: EngineMail) => void): (message: FromEngine) => void {
  let waiting = new Map<number, string>();
  const takeWaiting = (): TextMessage[] => {
    const texts = [...waiting].map(([jobId, text]): TextMessage => ({ type: "text", jobId, text }));
    waiting = new Map();
    return texts;
  };
  return (message) => {
    if (message.type !== "text") {
      send([...takeWaiting(), message]);
      return;
    }
    if (waiting.size === 0) {
      setImmediate(() => {
        if (waiting.size > 0) send(takeWaiting());
      });
    }
    waiting.set(message.jobId, (waiting.get(message.jobId) ?? "") + message.text);
  };
}
