import type { Garment } from "../../style/lexicon.ts";
import type { ItemType } from "../../style/plan.ts";
import type { Scene, Wish } from "./knowledge.ts";

/** What the scene and the wishes allow and demand of an outfit. */
export interface DressRules {
  readonly banTraits: ReadonlySet<string>;
  readonly banNames: ReadonlySet<string>;
  readonly banTypes: ReadonlySet<string>;
  /** Trait or name that shoes must have. */
  readonly shoeTrait: string | null;
  readonly shoeName: string | null;
  /** dress, trousers, jumpsuit, skirt, suit or denim: the main piece asked for. */
  readonly want: string | null;
  readonly needTypes: readonly ItemType[];
  readonly needNames: readonly string[];
  readonly bagTrait: string | null;
  readonly accessoryTrait: string | null;
  readonly isModest: boolean;
  readonly isRainy: boolean;
  readonly isMaternity: boolean;
  readonly isFew: boolean;
  /** Words no query may hold: materials and patterns. */
  readonly banWords: ReadonlySet<string>;
  /** All effects by name, for what only the queries show. */
  readonly effects: ReadonlyMap<string, readonly string[]>;
}

const ANIMAL_LEATHER = ["leather", "suede", "nubuck", "patent", "lambskin", "shearling", "fur"];
const WOOLLY = "wool merino cashmere alpaca mohair tweed boucle felt lambswool virgin flannel".split(" ");
const ANIMAL = [...ANIMAL_LEATHER, ...WOOLLY, "silk", "down", "pearl", "mother-of-pearl"];
const SYNTHETIC =
  "polyester nylon satin chiffon crepe viscose georgette acrylic sequin metallic recycled stretch jersey velvet faux patent ponte mesh organza tulle windproof".split(
    " ",
  );
const PATTERNS =
  "floral striped leopard polka dot paisley checked printed pinstripe herringbone tropical graphic tie-dye gingham botanical abstract argyle fair isle block-print embroidered".split(
    " ",
  );

/** Garments that a style keeps out, by trait and by name. */
const STYLES: Readonly<Record<string, { traits: string; names: string; words: string }>> = {
  business: {
    traits: "sleeveless,bare-shoulder,strapless,cropped,short,denim,open-toe,hat,casual-only,gown",
    names:
      "cocktail dress,slip dress,halter dress,corset top,evening dress,tulle skirt,bodycon dress,evening jumpsuit,evening bag,clutch,platform heels,stilettos,embellished flats,leather trousers,leather skirt,bolero,evening wrap,co-ord set,blazer dress,over-the-knee boots,faux fur coat,shawl,pashmina,statement necklace,statement earrings,wristlet,maxi dress,kurta,tunic,flannel shirt,boat shoes,espadrilles,harrington jacket,leather jacket,suede jacket,bow tie,cowboy boots,heels,sweater vest,kurti,prom dress,camp collar shirt,knit polo,duster coat,bomber jacket,hair bow,fascinator,straw bag,mules,heeled mules",
    words: "sequin,embellished,floral,tropical,metallic,velvet,lace,leopard,beaded,ruffled,tulle,shiny",
  },
  sombre: {
    traits: "short,sleeveless,bare-shoulder,strapless,cropped,open-toe,denim,hat,casual-only,gown",
    names:
      "cocktail dress,corset top,tulle skirt,bodycon dress,platform heels,stilettos,embellished flats,evening bag,statement earrings,statement necklace,fascinator,faux fur coat,over-the-knee boots,leather trousers,leather skirt,bolero,slip dress,halter dress,bow tie,straw bag,sunglasses,heels,co-ord set,hoop earrings,evening dress,evening wrap,prom dress,blazer dress,jewellery set,evening jumpsuit",
    words:
      "sequin,embellished,floral,tropical,metallic,leopard,beaded,polka dot,striped,paisley,gingham,strappy,satin,lace,leather,tulle,draped,ruffled,abstract,botanical,checked,asymmetric",
  },
  modest: {
    traits: "sleeveless,bare-shoulder,strapless,cropped,short,shorts,short-sleeve,fitted",
    names:
      "skirt,wrap skirt,denim skirt,leather skirt,mini skirt,cocktail dress,bodycon dress,slip dress,halter dress,sundress,playsuit,camisole,corset top,top,wrap top,tulle skirt,evening wrap,peplum top,cowl neck top,capri pants,one-shoulder top,prom dress,tea dress,a-line dress,pinafore dress,shirt dress,dress,jumpsuit,evening jumpsuit,blazer dress",
    words:
      "sheer,strappy,fitted,one-shoulder,off-shoulder,cropped,lace,mesh,square-neck,backless,v-neck,asymmetric",
  },
  walking: { traits: "heel,gown", names: "clutch,evening bag", words: "" },
  guest: {
    traits: "denim,casual-only",
    names: "blazer dress,leather trousers,leather skirt,over-the-knee boots,faux fur coat,corset top",
    words: "",
  },
  elegant: {
    traits: "denim,casual-only",
    names: "leather trousers,leather skirt,corset top,over-the-knee boots",
    words: "",
  },
  festive: { traits: "denim,casual-only", names: "", words: "" },
  blacktie: { traits: "denim,casual-only", names: "", words: "" },
  resort: { traits: "boot", names: "leather jacket,suede jacket,oxford shoes,blazer", words: "" },
  outdoor: { traits: "heel", names: "", words: "" },
  rainy: { traits: "open-toe,heel", names: "canvas sneakers,espadrilles", words: "suede,canvas,silk" },
  cozy: { traits: "sleeveless", names: "", words: "" },
  romantic: { traits: "", names: "hiking shoes,backpack,cargo pants,hoodie,baseball cap", words: "" },
  party: { traits: "", names: "work tote,briefcase,messenger bag,sheath dress,brogues", words: "" },
  smart: {
    traits: "strapless",
    names:
      "corset top,crop top,hoodie,sweatshirt,joggers,cargo pants,tank top,t-shirt dress,leggings,denim shorts,belt bag,clogs,dungarees,boiler suit",
    words: "",
  },
};

export function readDressRules(scene: Scene, wishes: readonly Wish[], isRainy: boolean): DressRules {
  const effects = new Map(wishes.flatMap((wish) => Object.entries(wish.effects)));
  for (const { effects: own } of wishes) {
    // Two wishes may both ban something: bans add up.
    if (own.ban) effects.set("ban", [...new Set(wishes.flatMap((wish) => wish.effects.ban ?? []))]);
    if (own.needname)
      effects.set(
        "needname",
        wishes.flatMap((wish) => wish.effects.needname ?? []),
      );
    if (own.needtype)
      effects.set(
        "needtype",
        wishes.flatMap((wish) => wish.effects.needtype ?? []),
      );
    if (own.bantype)
      effects.set(
        "bantype",
        wishes.flatMap((wish) => wish.effects.bantype ?? []),
      );
  }
  const isModest = scene.styles.includes("modest") || effects.has("modest");
  const styles = [...scene.styles, ...(isModest ? ["modest"] : [])].flatMap((name) => STYLES[name] ?? []);
  const list = (pick: (style: (typeof styles)[number]) => string) =>
    styles.flatMap((style) => pick(style).split(",")).filter((name) => name !== "");
  return {
    banTraits: new Set([...list((style) => style.traits), ...bannedTraits(effects)]),
    banNames: new Set([...list((style) => style.names), ...bannedNames(effects)]),
    banTypes: new Set(effects.get("bantype") ?? []),
    shoeTrait: effects.get("shoe")?.[0] ?? null,
    shoeName: effects.get("shoename")?.[0] ?? null,
    want: effects.get("want")?.[0] ?? (effects.has("denim") ? "denim" : null),
    // The data file holds item types here.
    needTypes: (effects.get("needtype") ?? []) as ItemType[],
    needNames: effects.get("needname") ?? [],
    bagTrait: effects.get("bagtrait")?.[0] ?? null,
    accessoryTrait: effects.get("acctrait")?.[0] ?? null,
    isModest,
    isRainy: isRainy || effects.has("rain"),
    isMaternity: effects.has("maternity"),
    isFew: effects.has("few"),
    banWords: new Set([...list((style) => style.words), ...bannedWords(effects)]),
    effects,
  };
}

type Effects = ReadonlyMap<string, readonly string[]>;

function bannedTraits(effects: Effects): string[] {
  const traits = [...(effects.get("ban") ?? [])];
  if (effects.has("noskirt")) traits.push("skirt", "dress", "gown", "saree");
  if (effects.has("vegan") || effects.get("nomat")?.includes("wool")) traits.push("wool");
  if (effects.has("loose") || effects.has("maternity")) traits.push("fitted");
  if (effects.get("sleeve")?.[0] === "long")
    traits.push("short-sleeve", "sleeveless", "strapless", "bare-shoulder");
  return traits;
}

function bannedNames(effects: Effects): string[] {
  const names: string[] = [];
  const isVegan = effects.has("vegan");
  if (isVegan || effects.has("noleather")) {
    names.push(
      "leather trousers",
      "leather skirt",
      "leather jacket",
      "suede jacket",
      "leather gloves",
      "leather sneakers",
      "lederhosen",
      "faux fur coat",
    );
  }
  if (isVegan) names.push("silk scarf", "wool scarf", "pearl necklace", "tweed jacket", "pashmina");
  if (effects.get("nomat")?.includes("wool"))
    names.push(
      "wool scarf",
      "wool socks",
      "tweed jacket",
      "pashmina",
      "cashmere sweater",
      "overcoat",
      "peacoat",
      "beret",
      "flat cap",
      "fedora",
    );
  if (effects.get("nomat")?.includes("fur")) names.push("faux fur coat");
  if (effects.has("bantie")) names.push("tie", "bow tie", "knit tie", "tie clip");
  if (effects.has("maternity"))
    names.push(
      "corset top",
      "bodysuit",
      "belt",
      "pencil skirt",
      "suit",
      "jeans",
      "straight-leg jeans",
      "tailored trousers",
      "heels",
      "stilettos",
      "platform heels",
      "sheath dress",
      "leather trousers",
      "playsuit",
    );
  if (effects.has("loose"))
    names.push(
      "crop top",
      "skinny jeans",
      "pencil skirt",
      "bodysuit",
      "belt",
      "corset top",
      "leather trousers",
      "slip dress",
      "cigarette trousers",
    );
  if (effects.has("natural")) names.push("sequin", "puffer jacket");
  return names;
}

function bannedWords(effects: Effects): string[] {
  const words: string[] = [];
  if (effects.has("vegan")) words.push(...ANIMAL);
  if (effects.has("noleather")) words.push(...ANIMAL_LEATHER);
  if (effects.get("nomat")?.includes("wool")) words.push(...WOOLLY);
  if (effects.get("nomat")?.includes("fur")) words.push("fur", "shearling", "faux");
  if (effects.has("natural")) words.push(...SYNTHETIC);
  if (effects.has("plain")) words.push(...PATTERNS);
  if (effects.has("wash")) words.push(...WOOLLY, "silk", "velvet", "suede", "leather");
  if (effects.get("ban")?.includes("denim")) words.push("denim");
  if (effects.has("loose")) words.push("fitted", "slim", "skinny", "bodycon", "tailored", "structured");
  if (effects.has("maternity"))
    words.push("fitted", "slim", "skinny", "tailored", "cropped", "belted", "high-waisted", "corseted");
  if (effects.get("sleeve")?.[0] === "long" || effects.has("sleevesome"))
    words.push(
      "strappy",
      "one-shoulder",
      "off-shoulder",
      "sleeveless",
      "strapless",
      "halterneck",
      "short-sleeve",
    );
  for (const pattern of effects.get("nopat") ?? [])
    words.push(
      ...(pattern === "animal"
        ? ["leopard", "zebra", "snake"]
        : pattern === "stripes"
          ? ["striped", "pinstripe"]
          : ["floral", "botanical", "tropical"]),
    );
  return words;
}

/** May the garment be worn under these rules, whatever the scene? */
export function isAllowed(garment: Garment, rules: DressRules): boolean {
  if (rules.banNames.has(garment.name) || rules.banTypes.has(garment.type)) return false;
  return !garment.traits.some((trait) => rules.banTraits.has(trait));
}

/** Does a query's word break a ban? Words are compared singly: "faux leather" holds "leather". */
export function isWordBanned(word: string, rules: DressRules): boolean {
  if (rules.banWords.has(word)) return true;
  return word.split(/[\s-]/).some((part) => rules.banWords.has(part));
}
