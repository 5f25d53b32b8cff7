import { expect, test, vi } from "vitest";
import { keepStream } from "../../../src/gateway/cache/keep-stream.ts";
import type { ChatCompletionChunk } from "../../../src/protocol/chat-chunk.ts";

function createChunk(content: string): ChatCompletionChunk {
  return {
    id: "chatcmpl-1",
    object: "chat.completion.chunk",
    created: 1,
    model: "m",
    choices: [{ index: 0, delta: { content } }],
  };
}

function startSource(contents: readonly string[], failure?: Error) {
  const state = { read: 0, isClosed: false };
  async function* read() {
    try {
      for (const content of contents) {
        state.read += 1;
        yield createChunk(content);
      }
      if (failure) throw failure;
    } finally {
      state.isClosed = true;
    }
  }
  return { chunks: read(), state };
}

const watch = () => ({ onWhole: vi.fn(), onLost: vi.fn() });

async function readAll(chunks: AsyncIterable<ChatCompletionChunk>): Promise<string> {
  let text = "";
  for await (const { choices } of chunks) text += choices[0]?.delta.content ?? "";
  return text;
}

test("the reader gets every chunk and the keeper the whole", async () => {
  const events = watch();
  const { chunks } = startSource(["a", "b", "c"]);
  expect(await readAll(keepStream({ chunks, maxBytes: 1000, ...events }))).toBe("abc");
  expect(events.onWhole.mock.calls[0]?.[0]).toHaveLength(3);
  expect(events.onLost).not.toHaveBeenCalled();
});

test("a reader that is slow does not hold up the whole", async () => {
  const events = watch();
  const { chunks } = startSource(["a", "b", "c"]);
  const kept = keepStream({ chunks, maxBytes: 1000, ...events });
  await kept.next();
  await expect.poll(() => events.onWhole.mock.calls.length).toBe(1);
  expect(await readAll(kept)).toBe("bc");
});

test("too long an answer is passed on but not kept, and read no faster than its reader reads", async () => {
  const events = watch();
  const { chunks, state } = startSource(Array.from({ length: 100 }, () => "x".repeat(100)));
  const kept = keepStream({ chunks, maxBytes: 500, ...events });
  await kept.next();
  await expect.poll(() => events.onWhole.mock.calls).toEqual([[null]]);
  expect(state.read).toBeLessThan(10);
  expect(await readAll(kept)).toHaveLength(9_900);
});

test("a stream that breaks is lost, after what came has been passed on", async () => {
  const events = watch();
  const { chunks } = startSource(["a"], new Error("cut"));
  const kept = keepStream({ chunks, maxBytes: 1000, ...events });
  expect((await kept.next()).value).toMatchObject({ choices: [{ delta: { content: "a" } }] });
  await expect(kept.next()).rejects.toThrow("cut");
  expect(events.onWhole).not.toHaveBeenCalled();
  expect(events.onLost).toHaveBeenCalled();
});

test("a reader that leaves closes the source", async () => {
  const events = watch();
  const { chunks, state } = startSource(Array.from({ length: 100 }, () => "x".repeat(100)));
  for await (const _chunk of keepStream({ chunks, maxBytes: 500, ...events })) break;
  expect(state.isClosed).toBe(true);
  expect(events.onLost).toHaveBeenCalled();
});
