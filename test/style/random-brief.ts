import type { Brief } from "../../src/style/brief.ts";
import type { Lexicon } from "../../src/style/load-lexicon.ts";
import { parseBrief } from "../../src/style/parse-brief.ts";
import { createRandom } from "../support/random.ts";

export function pick<T>(values: readonly T[], random: () => number): T {
  const value = values[Math.floor(random() * values.length)];
  if (value === undefined) throw new Error("nothing to pick from");
  return value;
}

const BUDGETS = [
  "$200-300",
  "under 150",
  "1,200 EUR",
  "around 500 usd",
  "£80",
  "no limit",
  "",
  "300-300",
  "¥30,000",
  "2k",
  "45",
  "12.50 EUR",
  "9000-9500 INR",
];

const GUIDANCE = [
  "",
  "",
  "",
  "no heels",
  "vegan leather only",
  "I hate yellow",
  "love navy and cream",
  "earth tones please",
  "pastels",
  "modest, long sleeves",
  "prefer sleeveless",
  "it will be very hot",
  "freezing cold outside",
  "with sneakers",
  "no animal print",
  "no dresses",
  "no trousers and no jeans",
  "I need a blazer",
  "all black",
  "no bright colours, no stripes",
  "want a hat and a red dress",
  "no bags, no jewellery",
  "no black, no white, no blue, no brown",
  "only green",
  "neutral colours, no leather, no wool",
  "no skirts or shorts",
  "comfortable shoes, it's all on grass",
  "must include boots and a scarf",
  "dark colours",
  "colourful, I love prints",
  "not too tight",
];

/** A brief as users might write it, drawn from a seed; odd combinations on purpose. */
export function createRandomBrief(seed: number, lexicon: Lexicon): Brief {
  const random = createRandom(seed);
  const occasion = pick(lexicon.occasions, random);
  const lead = pick(["", "my cousin's ", "a ", "going to ", "the "], random);
  const place = pick(["", " in Lisbon", " with friends", " next week", ' at "The \\Barn"'], random);
  const preparing =
    random() < 0.05
      ? pick(["", "zxqv", "日本の夏祭り", "the"], random)
      : lead + pick(occasion.keywords, random) + place;
  const listed = Array.from({ length: Math.floor(random() * 4) }, () => pick(lexicon.brands, random).name);
  if (random() < 0.2) listed.push("some tiny label");
  return parseBrief(
    {
      form: {
        preparing_for: preparing,
        preferred_brand: listed.length > 0 ? listed.join(", ") : pick(["any", "", "no preference"], random),
        budget: pick(BUDGETS, random),
        description: pick(GUIDANCE, random),
      },
      profile: { gender: pick(["female", "male", "non-binary", ""], random) },
      outfits: random() < 0.2 ? 1 + Math.floor(random() * 5) : 1,
    },
    lexicon,
  );
}
