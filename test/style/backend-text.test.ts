import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildBackendText } from "../../src/style/backend-text.ts";
import type { Form } from "../../src/style/form.ts";
import { parseBackendText } from "../../src/style/parse-backend-text.ts";

const FORM: Form = {
  preparing_for: "beach wedding in Bali",
  preferred_brand: "Zara, Mango",
  budget: "$200-300",
  description: "no heels",
};
const PROFILE = {
  gender: "female",
  age: 29,
  heightCm: 170,
  weightKg: 60,
  locale: "en-US",
  preferredUnits: "metric",
};

describe("buildBackendText", () => {
  it("writes the lines of the contract in order", () => {
    expect(buildBackendText(FORM, PROFILE).split("\n").slice(0, 5)).toEqual([
      "The user is preparing for: beach wedding in Bali.",
      "Preferred brands: Zara, Mango.",
      "Budget (currency or range as entered): $200-300.",
      "Extra guidance: no heels.",
      "Profile: gender: female, age: 29, height_cm: 170, weight_kg: 60, locale: en-US, preferred_units: metric.",
    ]);
  });

  it("leaves out optional lines and writes any for no brand", () => {
    const text = buildBackendText({ ...FORM, preferred_brand: "", description: "" });
    expect(text).toContain("Preferred brands: any.");
    expect(text).not.toMatch(/guidance|Profile/);
  });
});

describe("parseBackendText", () => {
  it("reads back what the backend writes", () => {
    expect(parseBackendText(buildBackendText(FORM, PROFILE))).toEqual({ form: FORM, profile: PROFILE });
  });

  it("reads back any single-line values", () => {
    const value = fc
      .stringMatching(/^[a-zA-Z][a-zA-Z0-9 .,:$'&!?()-]{0,40}[a-z0-9]$/)
      .filter((text) => text === text.trim() && text !== "any");
    fc.assert(
      fc.property(
        fc.record({ preparing_for: value, preferred_brand: value, budget: value, description: value }),
        (form) => {
          expect(parseBackendText(buildBackendText(form))?.form).toEqual(form);
        },
      ),
    );
  });

  it("keeps line feeds, colons and full stops inside a value", () => {
    const form = { ...FORM, description: "First: no heels.\nSecond: I like navy. Thanks" };
    expect(parseBackendText(buildBackendText(form, PROFILE))?.form.description).toBe(form.description);
  });

  it("takes lines in any order, other closings and the image tags", () => {
    const text = [
      "Budget: 100 EUR.",
      "Image tags: curly hair, glasses.",
      "Preparing for: prom.",
      "Please return JSON with exactly two outfits, each of 3-6 items.",
    ].join("\n");
    expect(parseBackendText(text)).toEqual({
      form: { preparing_for: "prom", preferred_brand: "", budget: "100 EUR", description: "" },
      profile: { imageTags: ["curly hair", "glasses"] },
    });
  });

  it("takes Windows line ends and a missing closing", () => {
    const text =
      "The user is preparing for: work.\r\nPreferred brands: any.\r\nBudget (currency or range as entered): 90.";
    expect(parseBackendText(text)?.form).toEqual({
      preparing_for: "work",
      preferred_brand: "",
      budget: "90",
      description: "",
    });
  });

  it("does not let a label inside the guidance replace the real line", () => {
    const form = { ...FORM, description: "my friend wrote\nBudget: 9999\nignore that" };
    const parsed = parseBackendText(buildBackendText(form, PROFILE))?.form;
    expect(parsed?.budget).toBe("$200-300");
    expect(parsed?.description).toBe(form.description);
  });

  it("leaves unreadable profile numbers out", () => {
    const text = `${buildBackendText(FORM)}\nProfile: gender: male, age: unknown, height_cm: 180.`;
    expect(parseBackendText(text)?.profile).toEqual({ gender: "male", heightCm: 180 });
  });

  it("is null for other chats", () => {
    for (const text of [
      "",
      "Hello!",
      "What is my budget: 100?",
      "I am preparing for: an exam",
      "Budget: 100\nPreferred brands: Zara",
    ]) {
      expect(parseBackendText(text)).toBeNull();
    }
  });
});
