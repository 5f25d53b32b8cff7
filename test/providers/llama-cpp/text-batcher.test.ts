import { setImmediate } from "node:timers/promises";
import { expect, it } from "vitest";
import { createTextBatcher } from "../../../src/providers/llama-cpp/engine/text-batcher.ts";
import type { EngineMail } from "../../../src/providers/llama-cpp/engine-messages.ts";

it("sends the texts of all answers of one turn in one message, in order", async () => {
  const mails: EngineMail[] = [];
  const send = createTextBatcher(
    (mail) => mails.push(mail),
    () => true,
  );
  send({ type: "text", jobId: 1, text: "a" });
  send({ type: "text", jobId: 2, text: "x" });
  send({ type: "text", jobId: 1, text: "b" });
  expect(mails).toEqual([]);
  await setImmediate();
  expect(mails).toEqual([
    [
      { type: "text", jobId: 1, text: "ab" },
      { type: "text", jobId: 2, text: "x" },
    ],
  ]);
});

it("lets no message overtake the texts before it, and sends none twice", async () => {
  const mails: EngineMail[] = [];
  const send = createTextBatcher(
    (mail) => mails.push(mail),
    () => true,
  );
  const finished = { type: "finished", jobId: 1, finishReason: "stop", completionTokens: 1 } as const;
  send({ type: "text", jobId: 1, text: "a" });
  send(finished);
  await setImmediate();
  expect(mails).toEqual([[{ type: "text", jobId: 1, text: "a" }, finished]]);
});

it("holds the texts of answers that nobody reads along until another message goes", async () => {
  const mails: EngineMail[] = [];
  const send = createTextBatcher(
    (mail) => mails.push(mail),
    (jobId) => jobId === 2,
  );
  send({ type: "text", jobId: 1, text: "a" });
  await setImmediate();
  expect(mails).toEqual([]);
  send({ type: "text", jobId: 1, text: "b" });
  send({ type: "text", jobId: 2, text: "x" });
  await setImmediate();
  expect(mails).toEqual([
    [
      { type: "text", jobId: 1, text: "ab" },
      { type: "text", jobId: 2, text: "x" },
    ],
  ]);
});
