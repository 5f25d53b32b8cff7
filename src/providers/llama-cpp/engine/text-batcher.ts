import type { EngineMail, FromEngine } from "../engine-messages.ts";

type TextMessage = Extract<FromEngine, { readonly type: "text" }>;

/**
 * Collects the texts of all answers in one event-loop turn and sends them together; every other message goes at once,
 * behind the texts that wait. Texts of answers that nobody reads along wait for the next message of any kind: sending
 * one wakes the gateway's process, on the cores that decode.
 */
export function createTextBatcher(
  send: (mail: EngineMail) => void,
  isStreamed: (jobId: number) => boolean,
): (message: FromEngine) => void {
  let waiting = new Map<number, TextMessage>();
  let isScheduled = false;
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
    if (!isScheduled && isStreamed(message.jobId)) {
      isScheduled = true;
      setImmediate(() => {
        isScheduled = false;
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
