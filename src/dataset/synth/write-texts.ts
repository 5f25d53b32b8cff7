import type { Garment } from "../../style/lexicon.ts";
import type { Scene, Texts } from "./knowledge.ts";
import type { OccasionText } from "./occasion-text.ts";
import type { Chooser } from "./random.ts";

export interface DressedPiece {
  readonly garment: Garment;
  readonly colour: string | null;
  readonly material: string | null;
}

export interface TextRequest {
  readonly texts: Texts;
  readonly chooser: Chooser;
  readonly scene: Scene;
  readonly occasion: OccasionText;
  readonly notes: readonly string[];
  /** The piece the look is built on, another one, and the shoes. */
  readonly main: DressedPiece;
  readonly second: DressedPiece;
  readonly shoes: DressedPiece;
  readonly level: number;
  readonly warmth: number;
  readonly isRainy: boolean;
  readonly hasOuterwear: boolean;
}

/** Materials a title can speak of. */
const TITLE_MATERIALS =
  "linen,cotton,silk,satin,velvet,wool,cashmere,merino wool,lace,crepe,chiffon,tweed,organic cotton,denim,georgette,brocade,corduroy,tulle,seersucker".split(
    ",",
  );

/** A title and a description that name the occasion in the user's own words and tell why the outfit suits it. */
export function writeTexts(request: TextRequest): { looks: string; description: string } {
  const slots = fillSlots(request);
  const { texts, chooser } = request;
  const titles = texts.titles.filter(
    ({ needs, text }) =>
      (needs === null ||
        (needs === "layer" && request.hasOuterwear && request.warmth > 0) ||
        (needs === "material" && TITLE_MATERIALS.includes(request.main.material ?? ""))) &&
      (request.main.colour !== null || !text.includes("olour}")),
  );
  const opener = fill(chooser.pick(texts.openers), {
    ...slots,
    o: request.occasion.sentence,
    O: capital(request.occasion.sentence),
  });
  return {
    looks: fill(chooser.pick(titles).text, {
      ...slots,
      o: request.occasion.title,
      O: capital(request.occasion.title),
    }),
    description: `${opener} ${writeCloser(request, slots)}`,
  };
}

function writeCloser(request: TextRequest, slots: Readonly<Record<string, string>>): string {
  const { texts, chooser, notes } = request;
  if (notes.length > 0) {
    const note = chooser.sample(notes, 2).join(chooser.pick([", ", " and "]));
    const canCome = /^(?:with|without|in|free|all in) /.test(note);
    const closers = texts.closersWithNote.filter((closer) => canCome || !closer.includes("comes"));
    return fill(chooser.pick(closers), { ...slots, note, Note: capital(note) });
  }
  const kinds = closerKinds(request).filter((kind) => texts.closers[kind]);
  return fill(chooser.pick(texts.closers[chooser.pick(kinds)] ?? []), slots);
}

function closerKinds({ scene, warmth, isRainy, level }: TextRequest): string[] {
  const weather = isRainy ? ["rain", "rain"] : warmth === 0 ? ["hot"] : warmth === 2 ? ["cold", "cold"] : [];
  const style = scene.styles.flatMap((name) => (name === "smart" || name === "blacktie" ? [] : [name]));
  const dress = level === 4 ? ["formal"] : [];
  const social = style.includes("sombre") || style.includes("modest") ? style : ["any", ...style];
  return [...weather, ...social, ...dress];
}

function fillSlots(request: TextRequest): Readonly<Record<string, string>> {
  const { chooser, main, second, shoes, scene, texts } = request;
  const moods = scene.styles.flatMap((style) => texts.moods[style] ?? []);
  const [mood = "neat", mood2 = "easy"] = chooser.sample(
    moods.length > 1 ? [...new Set(moods)] : ["neat", "easy"],
    2,
  );
  const piece = second.colour === null ? shoes : second;
  const colour = main.colour ?? "simple";
  const isSame = piece.colour === null || colour === piece.colour;
  const colour2 = isSame ? chooser.pick(["tonal", "matching"]) : (piece.colour ?? "matching");
  const noun = piece.garment.name;
  const slots = {
    mood,
    mood2,
    colour,
    colour2,
    main: main.garment.name,
    mainNumber: isPlural(main.garment.name) ? "plural" : "singular",
    partner: isPlural(noun) ? `${colour2} ${noun}` : `a ${colour2} ${noun}`,
    partnerNumber: isPlural(noun) ? "plural" : "singular",
    shoes: shoes.garment.name,
    material: main.material ?? "simple",
    with: chooser.pick(["with", "worn with", "joined by", "matched with"]),
  };
  return {
    ...slots,
    Mood: capital(slots.mood),
    Colour: capital(slots.colour),
    Material: capital(slots.material),
    Colour2: capital(slots.colour2),
  };
}

function fill(template: string, slots: Readonly<Record<string, string>>): string {
  const agreed = template.replace(
    /\{(\w+)\|(\w+)(:2)?\}/g,
    (_, one: string, many: string, other: string | undefined) => {
      const number = other === undefined ? slots.mainNumber : slots.partnerNumber;
      return number === "plural" ? many : one;
    },
  );
  const isPluralMain = slots.mainNumber === "plural";
  // "a navy jeans" has no article.
  const bare = isPluralMain
    ? agreed
        .replaceAll("a {colour} {main}", "{colour} {main}")
        .replaceAll("A {colour} {main}", "{Colour} {main}")
    : agreed;
  return fixArticles(bare.replace(/\{(\w+)\}/g, (_, name: string) => slots[name] ?? ""));
}

function isPlural(noun: string): boolean {
  return noun.endsWith("s") && !/(ss|dress)$/.test(noun);
}

function fixArticles(text: string): string {
  return text
    .replace(/\b([Aa]) (?=[aeiou]|8|11|18)(?!uni|use|eu|one)/g, (_, article: string) => `${article}n `)
    .replace(/\b([Aa])n (?=[^aeiouAEIOUh8\d])/g, (_, article: string) => `${article} `);
}

function capital(text: string): string {
  return text.replace(/^\p{L}/u, (letter) => letter.toUpperCase());
}
