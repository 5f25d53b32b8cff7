import { brandKey } from "./brand-index.ts";
import type { Lexicon } from "./load-lexicon.ts";
import { flattenText, foldText } from "./text.ts";

/** Longer pieces are sentences, not names. */
const MAX_BRAND_CHARACTERS = 60;
const MAX_BRAND_WORDS = 6;

/** A private-use character that brackets a known name's index while the text around it is split. */
const MASK = "\uE000";
const MASKED_NAME = /\uE000(\d+)\uE000/g;

const NO_PREFERENCE =
  /^(?:any(?:thing|where)?|any brands?(?: (?:is|are) (?:fine|ok|okay|good))?|all(?: brands?)?|no(?: (?:brand|brands|preference|preferences|preferred brand|favou?rites?|particular(?: brand)?))?|none|not? ?sure|n ?a|nil|null|undefined|unknown|idk|open(?: to (?:any|anything|all|suggestions))?|whatever|(?:i )?(?:do not|dont) (?:care|mind|know)|(?:does not|doesnt|do not|dont) matter|no matter|unbranded|surprise me|up to you|you choose|etc|and|or|others?|similar|brands?)$/;

const LEADING_FILLER =
  /^(?:(?:i|we) (?:really )?(?:like|love|prefer|want)|(?:preferably|prefer|mostly|mainly|maybe|perhaps|only|just|ideally|also|like|love|e\.?g\.?|i\.?e\.?|and|or|from|anything (?:from|by)|something (?:from|by)|brands?(?: like| such as)?|stuff from|such as)(?=[\s:]))[\s:]*/;

/**
 * Brands listed in free text, normalised (lexicon spelling where known, else lower case), in order, without repeats.
 * Empty when the text names none ("any", "no preference"). Unknown brands are kept.
 */
export function parseBrands(text: string, lexicon: Lexicon): string[] {
  if (isNoPreference(text)) return [];
  const found: string[] = [];
  for (const piece of splitPieces(text, lexicon)) {
    for (const brand of readPiece(piece, lexicon)) {
      if (!found.includes(brand)) found.push(brand);
    }
  }
  return found;
}

/** One brand's normalised spelling: the lexicon's where known, else lower case on one line without quotes. */
export function normaliseBrand(text: string, lexicon: Lexicon): string {
  return lexicon.brandIndex.get(text)?.name ?? cleanPiece(text);
}

/** Separators are hidden inside known names ("dolce & gabbana") before the text is split on them. */
function splitPieces(text: string, lexicon: Lexicon): string[] {
  let masked = straightQuotes(flattenText(text.replace(/[\r\n]+/g, ", "), 2000))
    .replaceAll(MASK, "")
    .toLowerCase();
  const names: string[] = [];
  for (const name of lexicon.brandIndex.joinedNames) {
    if (!masked.includes(name)) continue;
    const escaped = name.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
    const pattern = new RegExp(`(?<![\\p{L}\\p{N}])${escaped}(?![\\p{L}\\p{N}])`, "gu");
    masked = masked.replace(pattern, () => `,${MASK}${names.push(name) - 1}${MASK},`);
  }
  return masked
    .split(/[,;/|•·]|\s(?:&|\+|-|and|or|plus)\s/)
    .map((piece) => piece.replace(MASKED_NAME, (_, index: string) => names[Number(index)] ?? "").trim())
    .filter((piece) => piece !== "");
}

function readPiece(piece: string, lexicon: Lexicon): string[] {
  const whole = lexicon.brandIndex.get(piece);
  if (whole) return [whole.name];
  if (isNoPreference(piece)) return [];
  const bare = piece.replace(LEADING_FILLER, "");
  const known = lexicon.brandIndex.get(bare);
  if (known) return [known.name];
  const several = splitKnownNames(bare, lexicon) ?? splitKnownNames(bare.replaceAll("&", " "), lexicon);
  if (several) return several;
  const name = cleanPiece(bare);
  const tooLong = [...name].length > MAX_BRAND_CHARACTERS || name.split(" ").length > MAX_BRAND_WORDS;
  return tooLong || isNoPreference(name) || !/[\p{L}\p{N}]/u.test(name) ? [] : [name];
}

function isNoPreference(piece: string): boolean {
  return NO_PREFERENCE.test(brandKey(piece)) || brandKey(piece) === "";
}

function cleanPiece(piece: string): string {
  const name = straightQuotes(flattenText(piece.replace(/["“”„«»\\]/g, ""), 200))
    .toLowerCase()
    .replace(/^[\s'.:!?()[\]{}*-]+|[\s':!?()[\]{}*-]+$/g, "");
  // A full stop ends the sentence, unless the name is written with stops ("a.p.c.").
  return name.indexOf(".") === name.length - 1 ? name.replace(/\.$/, "") : name;
}

function straightQuotes(text: string): string {
  return text.replace(/[’‘ʼ`´]/g, "'");
}

/** "zara mango" names two brands when every word of it belongs to a known one. */
function splitKnownNames(piece: string, lexicon: Lexicon): string[] | null {
  const words = foldText(piece)
    .split(/\s+/)
    .filter((word) => word !== "");
  const names: string[] = [];
  let start = 0;
  while (start < words.length) {
    let end = Math.min(words.length, start + 4);
    while (end > start && !lexicon.brandIndex.get(words.slice(start, end).join(" "))) end--;
    const brand = lexicon.brandIndex.get(words.slice(start, end).join(" "));
    if (end === start || !brand) return null;
    names.push(brand.name);
    start = end;
  }
  return names.length > 0 ? names : null;
}
