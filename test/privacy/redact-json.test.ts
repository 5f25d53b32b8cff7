import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { redactJson, redactValue } from "../../src/privacy/redact-json.ts";

const PICTURE = `data:image/png;base64,${Buffer.from("a picture of nobody").toString("base64")}`;
describe("redactJson", () => {
  it("gives JSON without anything private back as it is, to the letter", () => {
    const json = '{"b":1.50,"a":"a summer wedding\\nin May","model":"gpt-4o-mini-2024-07-18","n":[1e3]}';
    expect(redactJson(json, { redactsTexts: true })).toBe(json);
  });

  it("redacts texts, names of fields and numbers, and keeps the order of fields", () => {
    const json = JSON.stringify({
      z: "to a@b.example",
      "c@d.example": [{ phone: "+1 415 555 2671" }],
      card: 4111111111111111,
      at: 1763880000000,
    });
    expect(redactJson(json, { redactsTexts: true })).toBe(
      '{"z":"to [email]","[email]":[{"phone":"[phone]"}],"card":"[card]","at":1763880000000}',
    );
  });

  it("keeps of a picture its type, hash and size, whether texts are redacted or not", () => {
    const json = JSON.stringify({ content: [{ image_url: { url: PICTURE } }, { text: "to a@b.example" }] });
    for (const redactsTexts of [true, false]) {
      const [picture, text] = JSON.parse(redactJson(json, { redactsTexts })).content;
      expect(picture.image_url.url).toEqual({
        mediaType: "image/png",
        sha256: createHash("sha256").update("a picture of nobody").digest("hex"),
        bytes: 19,
      });
      expect(text.text).toBe(redactsTexts ? "to [email]" : "to a@b.example");
    }
  });

  it("says of any JSON text what it says of the value", () => {
    const pieces = fc.constantFrom(
      ...["a@b.example", "+1 415 555 2671", "4111 1111 1111 1111", "DE89370400440532013000", PICTURE],
      ...["https://u:p@h.example/?token=x", "xoxb-1234567890", "Bearer abcdefghijklmnop", "gpt-4-2024-07-18"],
      ...[
        "-----BEGIN PRIVATE KEY-----\nMIIE vQIB ADAN Bgkq\n-----END PRIVATE KEY-----",
        "SG.abcdefghijklmnop.abcdefghijklmnop",
      ],
    );
    const joints = fc.constantFrom(
      "",
      " ",
      "\n",
      "\t",
      '"',
      "\\",
      "/",
      "\u0001",
      "\ud800",
      "ü",
      "x",
      "7",
      ".",
    );
    const texts = fc
      .array(fc.oneof(pieces, joints, fc.string({ maxLength: 4 })), { maxLength: 6 })
      .map((parts) => parts.join(""));
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        texts,
        texts.map((text) => JSON.stringify({ text })),
        fc.constantFrom(4111111111111111, 0.5, -1, 1763880000000, true, null),
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(texts, tie("value"), { maxKeys: 3 }),
      ),
    }));
    fc.assert(
      fc.property(value, fc.boolean(), (given, redactsTexts) => {
        const json = JSON.stringify(given);
        const expected = JSON.stringify(redactValue(JSON.parse(json), { redactsTexts }));
        expect(redactJson(json, { redactsTexts })).toBe(expected);
      }),
      { numRuns: 2_000, seed: 6 },
    );
  });
});
