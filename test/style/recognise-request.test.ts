import { describe, expect, it } from "vitest";
import { buildBackendText } from "../../src/style/backend-text.ts";
import { loadLexicon } from "../../src/style/load-lexicon.ts";
import { recogniseRequest } from "../../src/style/recognise-request.ts";

const lexicon = loadLexicon("data/style");
const form = { preparing_for: "gala", preferred_brand: "H&M", budget: "1,200 EUR", description: "" };
const text = buildBackendText(form, { gender: "male", age: 40 });
const system = { role: "system", content: "Answer in JSON." };

describe("recogniseRequest", () => {
  it("reads the backend's message of a text and an image part", () => {
    const parts = [
      { type: "text", text },
      { type: "image_url", image_url: { url: "https://example.test/me.png" } },
    ];
    const brief = recogniseRequest({ messages: [system, { role: "user", content: parts }] }, lexicon);
    expect(brief).toMatchObject({
      occasion: "gala",
      brands: ["h&m"],
      budget: { min: null, max: 1200, currency: "EUR" },
      gender: "men",
      outfits: 1,
    });
  });

  it("reads a plain text message, and as many outfits as the caller asks for", () => {
    const brief = recogniseRequest({ messages: [{ role: "user", content: text }], outfits: 4 }, lexicon);
    expect(brief?.outfits).toBe(4);
  });

  it.each([
    ["Suggest one to five complete outfits with 3 to 6 items each.", 1],
    ["Return exactly three outfits, 3 to 6 items each.", 3],
    ["Give me 2 complete outfits as JSON with items.", 2],
    ["Return 1-5 outfits with items.", 1],
    ["Suggest outfits with items as search queries.", 1],
  ])("reads the count in %j", (closing, outfits) => {
    const lines = text.split("\n").slice(0, -1);
    const content = [...lines, closing].join("\n");
    expect(recogniseRequest({ messages: [{ role: "user", content }] }, lexicon)?.outfits).toBe(outfits);
  });

  it("looks at the last user message only", () => {
    const messages = [
      { role: "user", content: text },
      { role: "assistant", content: "{}" },
      { role: "user", content: "Thanks!" },
    ];
    expect(recogniseRequest({ messages }, lexicon)).toBeNull();
  });

  it("is null without a user message or with content it does not know", () => {
    expect(recogniseRequest({ messages: [system] }, lexicon)).toBeNull();
    expect(recogniseRequest({ messages: [{ role: "user", content: null }] }, lexicon)).toBeNull();
    expect(
      recogniseRequest({ messages: [{ role: "user", content: [7, { type: "text" }] }] }, lexicon),
    ).toBeNull();
  });
});
