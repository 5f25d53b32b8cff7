import { registerSchema, setShouldValidateFormat, validate } from "@hyperjump/json-schema/draft-2020-12";
import "@hyperjump/json-schema/formats";
import { fullFormats } from "ajv-formats/dist/formats.js";
import { beforeAll, describe, expect, it } from "vitest";
import { createFormatLanguage } from "../../../src/json-schema/language/format-language.ts";
import { sampleText } from "../../support/language-sample.ts";
import { createRandom } from "../../support/random.ts";

interface Examples {
  readonly takes: readonly string[];
  readonly refuses: readonly string[];
}

const LONG_LABEL = "a".repeat(64);
const UUID = "0f0f0f0f-0000-4000-8000-00000000000A";

const examples: Readonly<Record<string, Examples>> = {
  date: {
    takes: ["2024-02-29", "2000-02-29", "1999-12-31", "2023-04-30"],
    refuses: ["2023-02-29", "1900-02-29", "2023-04-31", "2023-13-01", "2023-1-1", "20230101"],
  },
  time: {
    takes: ["00:00:00Z", "23:59:59.123+23:59"],
    refuses: ["24:00:00Z", "23:59:60Z", "12:00:00", "12:00Z", "12:00:00+24:00"],
  },
  "date-time": {
    takes: ["2024-12-31T23:59:59Z", "2024-02-29T00:00:00.1+01:00"],
    refuses: ["2023-02-29T00:00:00Z", "2024-01-01", "2024-01-01 00:00:00Z", "2024-01-01T00:00:00"],
  },
  duration: {
    takes: ["P4Y", "P1Y2M3DT4H5M6S", "PT0S", "P2W", "P1M2DT3H"],
    refuses: ["P", "PT", "P1YT", "P2W1D", "4Y", "P1D2H", "P1H", "P1Y2D"],
  },
  email: {
    takes: ["joe.bloggs@example.com", "te~st@example.co.uk", "a+b@x-y.org"],
    refuses: ["2962", ".a@example.com", "a..b@example.com", "a@-x.com", "a@example", "a b@example.com"],
  },
  hostname: {
    takes: ["www.example.com", "localhost", "a1-b.c"],
    refuses: ["-a.com", "a-.com", "a..b", "", ".a", "a_b.com", `${LONG_LABEL}.com`],
  },
  ipv4: { takes: ["192.168.0.1", "0.0.0.0", "255.255.255.255"], refuses: ["256.0.0.1", "1.2.3", "01.2.3.4"] },
  ipv6: {
    takes: ["::1", "::", "2001:db8::8a2e:370:7334", "1:2:3:4:5:6:7:8", "::ffff:192.168.0.1", "1::"],
    refuses: [
      "12345::",
      "1::2::3",
      "1:2:3:4:5:6:7",
      ":1",
      "1:2:3:4:5:6:7:8:9",
      "::1%eth0",
      "1:2:3:4:5:6:7:8::",
    ],
  },
  uri: {
    takes: [
      "https://user@example.com:8080/a%20b/c?d=e&f#g",
      "mailto:joe@example.com",
      "urn:isbn:0451450523",
      "file:///etc/hosts",
    ],
    refuses: [
      "//example.com/a",
      "/a",
      "a b:c",
      "http://a b",
      "https://ex%2.com",
      "example",
      ":a",
      "http://ä.de",
    ],
  },
  "uri-reference": {
    takes: ["/a/b", "", "#a", "?q", "../a", "//host/x", "http://x"],
    refuses: ["\\a", "a b", "#ä"],
  },
  "uri-template": { takes: ["http://x/{term:1}/{term}", "{?a,b*}"], refuses: ["{", "a{b", "}"] },
  uuid: { takes: [UUID, UUID.toLowerCase()], refuses: ["0f0f", UUID.replaceAll("-", ""), `${UUID}0`] },
  "json-pointer": { takes: ["", "/", "/a~0b/~1/0", "/ä😀"], refuses: ["a", "/~", "/~2", "#/a"] },
  "relative-json-pointer": { takes: ["0", "1/a", "12#", "0/"], refuses: ["01", "/a", "-1", "1##"] },
};

const names = [...Object.keys(examples), "idn-email", "idn-hostname", "iri", "iri-reference"];

async function createJudge(format: string): Promise<(text: string) => boolean> {
  const uri = `https://example.com/formats/${format}`;
  registerSchema({ $schema: "https://json-schema.org/draft/2020-12/schema", type: "string", format }, uri);
  const judge = await validate(uri);
  return (text) => judge(text).valid;
}

function isFormatOfAjv(name: string, text: string): boolean {
  const format: unknown = Object.entries(fullFormats).find(([key]) => key === name)?.[1];
  const rule: unknown =
    typeof format === "object" && format !== null && "validate" in format ? format.validate : format;
  if (rule instanceof RegExp) return rule.test(text);
  // Formats that Ajv does not know bind nothing there.
  return typeof rule === "function" ? Boolean(rule(text)) : true;
}

describe("createFormatLanguage", () => {
  beforeAll(() => setShouldValidateFormat(true));

  it.each(Object.entries(examples))("knows a %s from what is none", (name, { takes, refuses }) => {
    const language = createFormatLanguage(name);
    expect(takes.filter((text) => !language?.includes(text))).toEqual([]);
    expect(refuses.filter((text) => language?.includes(text))).toEqual([]);
  });

  it.each(names)("writes only what validators take as %s", async (name) => {
    const isFormat = await createJudge(name);
    const language = createFormatLanguage(name);
    if (language === undefined) throw new Error("not known");
    // The judge of international names writes each refusal to the console.
    if (!name.startsWith("idn-")) expect(isFormat("\\ {")).toBe(false);
    const random = createRandom(3);
    const texts = Array.from({ length: 500 }, (_, count) => sampleText(language, random, 1 + (count % 60)));
    expect(texts.filter((text) => !isFormat(text))).toEqual([]);
    expect(texts.filter((text) => !isFormatOfAjv(name, text))).toEqual([]);
  });

  it("holds each day of the calendar", () => {
    const isDate = (text: string) => isFormatOfAjv("date", text);
    const language = createFormatLanguage("date");
    const wrong: string[] = [];
    for (const year of [1896, 1900, 1999, 2000, 2023, 2024, 2100, 2400]) {
      for (let month = 0; month <= 13; month++) {
        for (let day = 0; day <= 32; day++) {
          const text = [year, String(month).padStart(2, "0"), String(day).padStart(2, "0")].join("-");
          if (language?.includes(text) !== isDate(text)) wrong.push(text);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it("lets a format that nobody defined say nothing, and does not judge regular expressions", () => {
    expect(createFormatLanguage("shoe-size")?.isAny()).toBe(true);
    expect(createFormatLanguage("regex")).toBeUndefined();
  });
});
