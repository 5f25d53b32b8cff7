import { describe, expect, it } from "vitest";
import { listNonTextParts, textOfMessage } from "../../src/protocol/text-of-message.ts";

const parts = [
  { type: "text", text: "one" },
  { type: "image_url", image_url: { url: "https://example.com/a.png" } },
  { type: "text", text: "two" },
  { type: "image_url", image_url: { url: "https://example.com/b.png" } },
];

describe("textOfMessage", () => {
  it("reads plain text, text parts and nothing", () => {
    expect(textOfMessage({ content: "plain" })).toBe("plain");
    expect(textOfMessage({ content: parts })).toBe("one\ntwo");
    expect(textOfMessage({ content: null })).toBe("");
    expect(textOfMessage({})).toBe("");
  });

  it("reads what an assistant refused with as what it said", () => {
    expect(textOfMessage({ content: null, refusal: "No." })).toBe("No.");
    expect(textOfMessage({ content: [{ type: "refusal", refusal: "No." }] })).toBe("No.");
    expect(listNonTextParts([{ content: [{ type: "refusal", refusal: "No." }] }])).toEqual([]);
  });

  it("names what is no text, each type once", () => {
    expect(listNonTextParts([{ content: parts }, { content: "x" }, { content: [{ type: "file" }] }])).toEqual(
      ["image_url", "file"],
    );
  });
});
