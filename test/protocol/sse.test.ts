import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeSseComment, encodeSseError, encodeSseEvent, SSE_DONE } from "../../src/protocol/sse.ts";
import { createSseDecoder, type SseEvent, SseLimitError } from "../../src/protocol/sse-decoder.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

function decodeAll(text: string, chunkSize = 1): SseEvent[] {
  const decoder = createSseDecoder();
  const all = bytes(text);
  const events: SseEvent[] = [];
  for (let at = 0; at < all.length; at += chunkSize)
    events.push(...decoder.push(all.subarray(at, at + chunkSize)));
  return events;
}

describe("SSE encoder", () => {
  it("writes one data line an event", () => {
    expect(encodeSseEvent({ text: "a\nb" })).toBe('data: {"text":"a\\nb"}\n\n');
    expect(SSE_DONE).toBe("data: [DONE]\n\n");
  });

  it("writes an error as a data object with `error`", () => {
    const text = encodeSseError({ error: { message: "cut", type: "server_error", param: null, code: null } });
    expect(text).toBe('data: {"error":{"message":"cut","type":"server_error","param":null,"code":null}}\n\n');
  });

  it("keeps a comment on its line", () => {
    expect(decodeAll(`${encodeSseComment("still\n\ndata: there")}${SSE_DONE}`)).toEqual([
      { event: "message", data: "[DONE]" },
    ]);
  });
});

describe("SSE decoder", () => {
  it("reads what the encoder wrote, wherever the bytes are cut and however lines end", () => {
    const endings = fc.constantFrom("\n", "\r\n", "\r");
    const values = fc.array(fc.string({ unit: "grapheme" }), { maxLength: 8 });
    fc.assert(
      fc.property(values, endings, fc.integer({ min: 1, max: 9 }), (texts, ending, chunkSize) => {
        const wire = texts
          .map((text) => encodeSseEvent({ text }))
          .join("")
          .replaceAll("\n", ending);
        const read = decodeAll(wire, chunkSize).map(({ data }) => JSON.parse(data).text);
        expect(read).toEqual(texts);
      }),
    );
  });

  it("joins several data lines and reads the event name", () => {
    expect(decodeAll("event: error\r\ndata: a\r\ndata:b\r\ndata\r\nid: 5\r\n\r\n")).toEqual([
      { event: "error", data: "a\nb\n" },
    ]);
  });

  it("drops an event that no blank line closed", () => {
    expect(decodeAll('data: {"a":1}\n\ndata: {"b":')).toEqual([{ event: "message", data: '{"a":1}' }]);
  });

  it("skips comments, empty events and the byte order mark", () => {
    expect(decodeAll("\uFEFF: hi\n\n\n\nevent: x\n\ndata: y\n\n")).toEqual([{ event: "message", data: "y" }]);
  });

  it("refuses a line without end and an event without end", () => {
    const line = createSseDecoder({ maxEventLength: 100 });
    expect(() => line.push(bytes("x".repeat(101)))).toThrow(SseLimitError);
    const event = createSseDecoder({ maxEventLength: 100 });
    expect(() => event.push(bytes("data: 12345678\n".repeat(20)))).toThrow(SseLimitError);
  });
});
