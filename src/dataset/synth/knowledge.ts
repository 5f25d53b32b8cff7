import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { itemTypeSchema } from "../../style/plan.ts";

/** What the synthetic generator knows beyond the lexicon: the files of `data/style/synth/`. */
const sceneSchema = z.strictObject({
  /** Occasion of the lexicon that the scene plays. */
  occasion: z.string(),
  /** Formalities it is dressed for, the likelier first. */
  levels: z.array(z.number().int()).min(1),
  styles: z.array(z.string()).min(1),
  warmth: z.enum(["hot", "mild", "cold", "any"]),
  setting: z.enum(["in", "out"]),
  gender: z.enum(["women", "men", "any"]),
  weight: z.number().positive(),
  /** Clothes of its own and how often they are worn. */
  kit: z.strictObject({ name: z.string(), share: z.number() }).nullable(),
  /** Colour family or hue that suits it. */
  family: z.string().nullable(),
  /** Noun phrases that follow "for", with {placeholders}. */
  cores: z.array(z.string()).min(1),
  /** Details that may follow: P place, V venue, T time, W people, C company, U school. */
  details: z.array(z.enum(["P", "V", "T", "W", "C", "U"])),
});
export type Scene = z.infer<typeof sceneSchema>;

const wishSchema = z.strictObject({
  id: z.string(),
  /** Of one group, one wish at most: they contradict or repeat each other. */
  group: z.string(),
  levels: z.tuple([z.number(), z.number()]),
  gender: z.enum(["women", "men", "any"]),
  weight: z.number().positive(),
  /** What it does to the outfit; read in `rules-of-wishes.ts`. */
  effects: z.record(z.string(), z.array(z.string())),
  /** How users write it. */
  phrasings: z.array(z.string()).min(1),
  /** How a description confirms it: completes "It comes …". */
  notes: z.array(z.string()).min(1),
});
export type Wish = z.infer<typeof wishSchema>;

const modifierSchema = z.strictObject({
  word: z.string(),
  warmth: z.array(z.number()).optional(),
  levels: z.array(z.number()).optional(),
});
export type Modifier = z.infer<typeof modifierSchema>;

const modifierSetSchema = z.strictObject({
  garments: z.array(z.string()),
  materials: z.array(modifierSchema),
  fits: z.array(modifierSchema),
  patterns: z.array(modifierSchema),
});
export type ModifierSet = z.infer<typeof modifierSetSchema>;

const kitSchema = z.strictObject({
  name: z.string(),
  gender: z.enum(["women", "men"]),
  slots: z.array(z.strictObject({ type: itemTypeSchema, share: z.number(), garments: z.array(z.string()) })),
});
export type Kit = z.infer<typeof kitSchema>;

const fillersSchema = z.strictObject({
  fillers: z.record(z.string(), z.array(z.string())),
  places: z.strictObject({ hot: z.array(z.string()), mild: z.array(z.string()), cold: z.array(z.string()) }),
  when: z.array(z.strictObject({ text: z.string(), weather: z.string().nullable() })),
  /** Syllables of invented names, which no model can know and must copy. */
  invented: z.strictObject({
    start: z.array(z.string()),
    mid: z.array(z.string()),
    end: z.array(z.string()),
  }),
  leads: z.array(z.string()),
  extras: z.array(z.string()),
  locales: z.array(z.string()),
  imageTags: z.array(z.string()),
});
export type Fillers = z.infer<typeof fillersSchema>;

const textsSchema = z.strictObject({
  titles: z.array(z.strictObject({ text: z.string(), needs: z.string().nullable() })),
  openers: z.array(z.string()),
  closers: z.record(z.string(), z.array(z.string())),
  closersWithNote: z.array(z.string()),
  moods: z.record(z.string(), z.array(z.string())),
});
export type Texts = z.infer<typeof textsSchema>;

export interface SynthKnowledge {
  readonly scenes: readonly Scene[];
  readonly wishes: readonly Wish[];
  readonly chatter: readonly string[];
  readonly fillers: Fillers;
  readonly palettes: readonly (readonly string[])[];
  readonly modifiers: readonly ModifierSet[];
  readonly kits: readonly Kit[];
  readonly texts: Texts;
}

/** Reads `data/style/synth`; throws when a file is missing or breaks its shape. */
export function loadSynthKnowledge(folder: string): SynthKnowledge {
  const read = <T extends z.ZodType>(name: string, schema: T): z.infer<T> =>
    schema.parse(JSON.parse(readFileSync(join(folder, name), "utf8")));
  return {
    ...read("scenes.json", z.strictObject({ scenes: z.array(sceneSchema) })),
    ...read("wishes.json", z.strictObject({ wishes: z.array(wishSchema), chatter: z.array(z.string()) })),
    fillers: read("fillers.json", fillersSchema),
    ...read("palettes.json", z.strictObject({ palettes: z.array(z.array(z.string()).min(3)) })),
    ...read("modifiers.json", z.strictObject({ modifiers: z.array(modifierSetSchema) })),
    ...read("kits.json", z.strictObject({ kits: z.array(kitSchema) })),
    texts: read("texts.json", textsSchema),
  };
}
