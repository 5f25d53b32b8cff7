import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { redactText } from "../../src/privacy/redact-text.ts";

describe("redactText", () => {
  it.each([
    ["write to Anna.Smith+x@mail.example.co.uk, please", "write to [email], please"],
    ["müller@bücher.example", "[email]"],
    ["call +1 (415) 555-2671 today", "call [phone] today"],
    ["call (415) 555-2671", "call [phone]"],
    ["0044 20 7946 0958", "[phone]"],
    ["Tel. 030 901820 in Berlin", "Tel. [phone] in Berlin"],
    ["card 4111 1111 1111 1111, exp 10/29", "card [card], exp 10/29"],
    ["5500-0000-0000-0004", "[card]"],
    ["IBAN DE89 3704 0044 0532 0130 00 thanks", "IBAN [iban] thanks"],
    ["gb82west12345698765432", "[iban]"],
    ["https://x.example/p?a=1&token=abc123&b=2", "https://x.example/p?a=1&token=[secret]&b=2"],
    ["https://s3.example/o?X-Amz-Signature=deadbeef", "https://s3.example/o?X-Amz-Signature=[secret]"],
    ["postgres://me:word@host/db", "postgres://[secret]@host/db"],
    ["key sk-proj-abcdefghijklmnopqrstuvwx1234", "key [key]"],
    ["Authorization: Bearer abcdefghijklmnop1234", "Authorization: Bearer [key]"],
    ["AKIAIOSFODNN7EXAMPLE", "[key]"],
    ["eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJlLWhlcmU", "[key]"],
  ])("takes the private part out of %j", (text, redacted) => {
    expect(redactText(text)).toBe(redacted);
  });

  it.each([
    "a summer garden wedding, budget $200-300, size 38, height 170 cm",
    "1500 - 2000 EUR, 1,200.50 or 1.200,50",
    "2026-11-23, 23.11.2026, 10:30",
    "order 1763880000000 and 1763880000",
    "measures 90-60-90, ratio 16/9, 1/2/3",
    "4111 1111 1111 1112",
    "sk-8 board, task-force, a@b, see https://shop.example/p?size=38&color=red",
    '{"min":"20","max":"40","brand":"Zara","query":"navy linen trousers"}',
    "0190f7a4-7c1e-7e0e-9d1f-2b8b5a0c4f11",
  ])("leaves %j alone", (text) => {
    expect(redactText(text)).toBe(text);
  });

  it("keeps JSON valid, and takes the same out of it as out of its strings", () => {
    const pieces = fc.constantFrom(
      "a@b.example",
      "+1 415 555 2671",
      "4111 1111 1111 1111",
      "DE89370400440532013000",
      "https://u:p@h.example/?token=x",
      "sk-abcdefghijklmnopqrstuvwx",
      '"',
      "\\",
      "\n",
      " , ",
      "blue dress",
    );
    const texts = fc.array(pieces, { maxLength: 8 }).map((parts) => parts.join(" "));
    fc.assert(
      fc.property(fc.dictionary(texts, fc.array(texts)), (value) => {
        const redacted: unknown = JSON.parse(redactText(JSON.stringify(value)));
        const rest = JSON.stringify(redacted);
        for (const secret of ["a@b.example", "415 555", "4111 1111", "DE8937", "token=x", "sk-abc"])
          expect(rest).not.toContain(secret);
      }),
      { numRuns: 300, seed: 4 },
    );
  });

  it("says the same of a text that was redacted before", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), (text) => {
        const once = redactText(text);
        expect(redactText(once)).toBe(once);
      }),
      { numRuns: 500, seed: 5 },
    );
  });

  it("takes time in proportion to the text's length", () => {
    for (const unit of ["a@", "1 ", "sk-", "DE89 ", "https://a?token=", "eyJ.", "1-", "(1", "a.b@c."]) {
      expect(redactText(unit.repeat(50_000)).length).toBeGreaterThan(0);
    }
  }, 30_000);
});
