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
    "shares of 0.4111111111111111 and 0.0301234567, 12.4111111111111111",
    "sk-8 board, task-force, a@b, see https://shop.example/p?size=38&color=red",
    '{"min":"20","max":"40","brand":"Zara","query":"navy linen trousers"}',
    "0190f7a4-7c1e-7e0e-9d1f-2b8b5a0c4f11",
  ])("leaves %j alone", (text) => {
    expect(redactText(text)).toBe(text);
  });

  it.each([
    ["an e-mail after a line's end", "hi\nanna@example.com", "hi\n[email]"],
    ["a phone number after a tab", "call\t+1 415 555 2671", "call\t[phone]"],
    ["a card after a line's end", "card\n4111 1111 1111 1111\nthanks", "card\n[card]\nthanks"],
    ["an IBAN after a line's end", "pay\r\nDE89 3704 0044 0532 0130 00", "pay\r\n[iban]"],
    ["a key after a line's end", "key:\nsk-abcdefghijklmnopqrstuvwx", "key:\n[key]"],
    ["a key in quotes", 'is "AKIAIOSFODNN7EXAMPLE"', 'is "[key]"'],
    ["an address behind a control character", "\u0001anna@example.com", "\u0001[email]"],
  ])("finds %s in JSON, and in JSON within JSON", (_, text, redacted) => {
    const plan = JSON.stringify({ a: text });
    expect(JSON.parse(redactText(plan))).toEqual({ a: redacted });
    const call = JSON.stringify({ arguments: plan });
    expect(JSON.parse(JSON.parse(redactText(call)).arguments)).toEqual({ a: redacted });
  });

  it("reads letters that JSON writes as codes", () => {
    expect(redactText('{"a":"m\\u00fcller\\u0040b.example, \\u00e0 5"}')).toBe('{"a":"[email], à 5"}');
    expect(redactText('{"a":"https:\\/\\/b.example\\/?token=abc"}')).toBe(
      '{"a":"https://b.example/?token=[secret]"}',
    );
    expect(redactText('{"a":"\\u00e0 5"}')).toBe('{"a":"\\u00e0 5"}');
  });

  it("keeps a private key's lines together in JSON", () => {
    const key = `-----BEGIN PRIVATE KEY-----\n${"MIIEvQIBADANBgkqhkiG9w0B\n".repeat(4)}-----END PRIVATE KEY-----`;
    expect(redactText(JSON.stringify({ key }))).toBe('{"key":"[key]"}');
  });

  it.each(["\rk-aaaaaaaaaaaaaaaaaaaaaaaa", `\npm_${"a".repeat(36)}`, "x\bearer aaaaaaaaaaaaaaaaaaaaaaaa"])(
    "takes no escape's letter for the beginning of a key: %j",
    (text) => {
      const plan = JSON.stringify({ a: text });
      expect(redactText(plan)).toBe(plan);
    },
  );

  it("takes a card that JSON holds as a number", () => {
    expect(redactText('{"card": 4111111111111111, "at": 1763880000000, "all": [5500000000000004]}')).toBe(
      '{"card": null, "at": 1763880000000, "all": [null]}',
    );
  });

  it("keeps JSON valid, and takes the same out of it as out of its strings", () => {
    const pieces = fc.constantFrom(
      "a@b.example",
      "+1 415 555 2671",
      "4111 1111 1111 1111",
      "DE89370400440532013000",
      "https://u:p@h.example/?token=x",
      "sk-abcdefghijklmnopqrstuvwx",
      ...["\rk-bcdefghijklmnopqrstuvwxy", `\npm_${"x".repeat(36)}`, "\bearer bcdefghijklmnopqrstuvwxy"],
      ...['"', "\\", "\n", "\t", "\u0000", "\ud800", "/", " , ", "blue dress"],
    );
    const joints = fc.constantFrom(" ", "\n", "\r\n", "\t", '"', "\\", "/ ", "\u0001");
    const texts = fc.array(fc.tuple(pieces, joints), { maxLength: 8 }).map((parts) => parts.flat().join(""));
    fc.assert(
      fc.property(fc.dictionary(texts, fc.array(texts)), (value) => {
        const redacted: unknown = JSON.parse(redactText(JSON.stringify(value)));
        const rest = JSON.stringify(redacted);
        for (const secret of ["a@b.example", "415 555", "4111 1111", "DE8937", "token=x", "sk-abc"])
          expect(rest).not.toContain(secret);
      }),
      { numRuns: 500, seed: 4 },
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
    for (const unit of [
      "a@",
      "1 ",
      "sk-",
      "DE89 ",
      "https://a?token=",
      "eyJ.",
      "1-",
      "(1",
      "a.b@c.",
      "\\u0041",
      "\\",
    ]) {
      expect(redactText(unit.repeat(50_000)).length).toBeGreaterThan(0);
    }
  }, 30_000);
});
