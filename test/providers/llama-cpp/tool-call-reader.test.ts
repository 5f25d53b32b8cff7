import { describe, expect, it } from "vitest";
import {
  createToolCallReader,
  type ToolEvent,
} from "../../../src/providers/llama-cpp/tools/tool-call-reader.ts";

const answer =
  'Let me < see <tool\n<tool_call>{"name":"a_b","arguments":{"t":"}\\"{<tool_call>","n":{"m":[1]}}}</tool_call>\n' +
  '<tool_call>{"name":"c","arguments":{}}</tool_call>';

function join(events: readonly ToolEvent[]) {
  const calls: { name: string; arguments: string }[] = [];
  let content = "";
  for (const event of events) {
    if (event.kind === "content") content += event.text;
    else if (event.kind === "call") calls[event.index] = { name: event.name, arguments: "" };
    else if (calls[event.index] !== undefined)
      (calls[event.index] ?? { arguments: "" }).arguments += event.text;
  }
  return { content, calls };
}

function read(pieces: readonly string[]) {
  const reader = createToolCallReader();
  const events = pieces.flatMap((piece) => reader.push(piece));
  return join([...events, ...reader.flush()]);
}

const expected = {
  content: "Let me < see <tool\n",
  calls: [
    { name: "a_b", arguments: '{"t":"}\\"{<tool_call>","n":{"m":[1]}}' },
    { name: "c", arguments: "{}" },
  ],
};

describe("createToolCallReader", () => {
  it("tells text and calls apart wherever the text is cut", () => {
    expect(read([answer])).toEqual(expected);
    expect(read([...answer])).toEqual(expected);
    for (let cut = 1; cut < answer.length; cut++) {
      expect(read([answer.slice(0, cut), answer.slice(cut)])).toEqual(expected);
    }
  });

  it("gives text at once unless it may become a call", () => {
    const reader = createToolCallReader();
    expect(reader.push("hello <")).toEqual([{ kind: "content", text: "hello " }]);
    expect(reader.push("b>")).toEqual([{ kind: "content", text: "<b>" }]);
    expect(reader.push("<tool_")).toEqual([]);
    expect(reader.flush()).toEqual([{ kind: "content", text: "<tool_" }]);
  });

  it("keeps nothing of a call that is cut before its name is known", () => {
    expect(read(['<tool_call>{"name":"a'])).toEqual({ content: "", calls: [] });
  });
});
