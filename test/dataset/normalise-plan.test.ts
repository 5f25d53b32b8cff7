import { describe, expect, it } from "vitest";
import { normalisePlan } from "../../src/dataset/normalise-plan.ts";
import { createPlan, lexicon } from "./samples.ts";

function normaliseItem(changes: object, outfits = 1) {
  const plan = createPlan();
  const items =
    plan.outfits[0]?.items.map((item, index) => (index === 0 ? { ...item, ...changes } : item)) ?? [];
  const loose = { outfits: [{ looks: " a look ", description: "words", items }, ...plan.outfits] };
  return normalisePlan(loose, { lexicon, outfits });
}
const firstItem = (changes: object) => normaliseItem(changes)?.outfits[0]?.items[0];

describe("a plan made strict", () => {
  it.each([
    [40, "40"],
    [49.9, "49.90"],
    ["$1,200", "1200"],
    ["49.99 USD", "49.99"],
    ["€30", "30"],
    ["0", "0"],
  ])("writes the price %j as %j", (price, text) => {
    expect(firstItem({ max: price })?.max).toBe(text);
  });

  it.each([["cheap"], [-3], ["20-30"], [""], ["-5"]])("has no form for the price %j", (price) => {
    expect(normaliseItem({ max: price })).toBeNull();
  });

  it.each([
    ["Top", "white linen shirt", "top"],
    ["full_body", "red dress", "full-body"],
    ["footwear", "white sneakers", "shoes"],
    ["pants", "something odd", "bottom"],
  ])("reads the type %j of %j as %j", (type, query, expected) => {
    expect(firstItem({ type, query })?.type).toBe(expected);
  });

  it("has no form for a type that nothing explains", () => {
    expect(normaliseItem({ type: "thing", query: "qwerty" })).toBeNull();
  });

  it("writes brands as the lexicon does, keys in wire order and nothing else", () => {
    const item = firstItem({ brand: "ZARA", colour: "white" });
    expect(item?.brand).toBe("zara");
    expect(Object.keys(item ?? {})).toEqual(["query", "key", "type", "min", "max", "brand"]);
  });

  it("keeps no more outfits than were asked for", () => {
    expect(normaliseItem({}, 1)?.outfits.map((outfit) => outfit.looks)).toEqual(["a look"]);
    expect(normaliseItem({}, 5)?.outfits).toHaveLength(2);
  });
});
