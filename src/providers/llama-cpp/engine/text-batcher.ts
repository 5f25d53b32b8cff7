import type { EngineMail, FromEngine } from "../engine-messages.ts";

type TextMessage = Extract<FromEngine, { readonly type: "text" }>;

/**
 * Collects the texts of all answers in one event-loop turn and sends them together; every other message goes at once,
 * behind the texts that wait.
 */
export function createTextBatcher(send: (mail: EngineMail) => void): (message: FromEngine) => void {
  let waiting = new Map<number, TextMessage>();
  const takeWaiting = (): TextMessage[] => {
    const texts = [...waiting.values()];
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
    const before = waiting.get(message.jobId);
    waiting.set(message.jobId, before === undefined ? message : joinTexts(before, message));
  };
}

function joinTexts(before: TextMessage, message: TextMessage): TextMessage {
  const { logprobs } = message;
  return {
    ...message,
    text: before.text + message.text,
    ...(logprobs !== undefined && { logprobs: [...(before.logprobs ?? []), ...logprobs] }),
  };
}
