import { describe, expect, it } from "vitest";
import { loadLexicon } from "../../src/style/load-lexicon.ts";
import { readItem } from "../../src/style/read-item.ts";
import { readPrice } from "../../src/style/read-price.ts";

const lexicon = loadLexicon("data/style");

function read(query: string, type = "") {
  return readItem({ query, key: "", type, min: "1", max: "2", brand: "" }, lexicon);
}

describe("readItem", () => {
  it.each([
    ["navy wide-leg trousers", "wide-leg trousers"],
    ["black ankle boot", "ankle boots"],
    ["women's Pants", "trousers"],
    ["grey merino base layer top", "base layer top"],
    ["brown patent oxford shoes", "oxford shoes"],
    ["structured tote bag", "tote bag"],
    ["linen dress with belt", "dress"],
    ["boots for jeans", "boots"],
    ["soft everyday comfort", undefined],
  ])("finds the garment of %j", (query, garment) => {
    expect(read(query).garment?.name).toBe(garment);
  });

  it.each([
    ["shoes", "shoes"],
    ["Footwear", "shoes"],
    ["FULL BODY", "full-body"],
    ["ankle boots", "shoes"],
    ["jewelry", "accessory"],
    ["zorb", null],
  ])("reads the type %j", (text, type) => {
    expect(read("watch", text).type).toBe(type);
  });
});

describe("readPrice", () => {
  it.each([
    [49, 49],
    ["49", 49],
    ["49.90", 49.9],
    ["$49", 49],
    ["49,90 EUR", 49.9],
    ["1,200", 1200],
    ["20-30", null],
    ["cheap", null],
    ["", null],
    ["-5", null],
    [Number.NaN, null],
  ])("reads %j", (text, price) => {
    expect(readPrice(text)).toBe(price);
  });
});
