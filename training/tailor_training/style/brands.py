"""Brand lists; twin of src/style/brands.ts."""

import re

from tailor_training.style.lexicon import Lexicon, brand_key
from tailor_training.style.text import flatten_text, fold_text, straight_quotes

MAX_BRAND_CHARACTERS = 60
MAX_BRAND_WORDS = 6
MASK = "\ue000"

NO_PREFERENCE = re.compile(
    r"^(?:any(?:thing|where)?|any brands?(?: (?:is|are) (?:fine|ok|okay|good))?|all(?: brands?)?"
    r"|no(?: (?:brand|brands|preference|preferences|preferred brand|favou?rites?"
    r"|particular(?: brand)?))?|none|not? ?sure|n ?a|nil|null|undefined|unknown|idk"
    r"|open(?: to (?:any|anything|all|suggestions))?|whatever|(?:i )?(?:do not|dont) (?:care|mind"
    r"|know)|(?:does not|doesnt|do not|dont) matter|no matter|unbranded|surprise me|up to you"
    r"|you choose|etc|and|or|others?|similar|brands?)$"
)
LEADING_FILLER = re.compile(
    r"^(?:(?:i|we) (?:really )?(?:like|love|prefer|want)|(?:preferably|prefer|mostly|mainly|maybe"
    r"|perhaps|only|just|ideally|also|like|love|e\.?g\.?|i\.?e\.?|and|or|from|anything (?:from|by)"
    r"|something (?:from|by)|brands?(?: like| such as)?|stuff from|such as)(?=[\s:]))[\s:]*"
)
SEPARATOR = re.compile(r"[,;/|•·]|\s(?:&|\+|-|and|or|plus)\s")


def parse_brands(text: str, lexicon: Lexicon) -> list[str]:
    """Brands listed in free text, normalised, in order, without repeats; empty when it names none."""
    if _is_no_preference(text):
        return []
    found: list[str] = []
    for piece in _split_pieces(text, lexicon):
        for brand in _read_piece(piece, lexicon):
            if brand not in found:
                found.append(brand)
    return found


def normalise_brand(text: str, lexicon: Lexicon) -> str:
    """One brand's spelling: the lexicon's where known, else lower case on one line without quotes."""
    known = lexicon.brand_index.get(text)
    return known.name if known else _clean_piece(text)


def _split_pieces(text: str, lexicon: Lexicon) -> list[str]:
    flat = flatten_text(re.sub(r"[\r\n]+", ", ", text), 2000)
    masked = straight_quotes(flat).replace(MASK, "").lower()
    names: list[str] = []

    def hide(name: str) -> str:
        names.append(name)
        return f",{MASK}{len(names) - 1}{MASK},"

    for name in lexicon.brand_index.joined_names:
        if name in masked:
            pattern = rf"(?<![^\W_]){re.escape(name)}(?![^\W_])"
            masked = re.sub(pattern, lambda _, name=name: hide(name), masked)
    pieces = (
        re.sub(f"{MASK}([0-9]+){MASK}", lambda match: names[int(match[1])], piece).strip()
        for piece in SEPARATOR.split(masked)
    )
    return [piece for piece in pieces if piece]


def _read_piece(piece: str, lexicon: Lexicon) -> list[str]:
    whole = lexicon.brand_index.get(piece)
    if whole:
        return [whole.name]
    if _is_no_preference(piece):
        return []
    bare = LEADING_FILLER.sub("", piece, count=1)
    known = lexicon.brand_index.get(bare)
    if known:
        return [known.name]
    several = _split_known_names(bare, lexicon) or _split_known_names(bare.replace("&", " "), lexicon)
    if several:
        return several
    name = _clean_piece(bare)
    too_long = len(name) > MAX_BRAND_CHARACTERS or len(name.split(" ")) > MAX_BRAND_WORDS
    if too_long or _is_no_preference(name) or not re.search(r"[^\W_]", name):
        return []
    return [name]


def _is_no_preference(piece: str) -> bool:
    key = brand_key(piece)
    return key == "" or NO_PREFERENCE.search(key) is not None


def _clean_piece(piece: str) -> str:
    name = straight_quotes(flatten_text(re.sub(r'["“”„«»\\]', "", piece), 200)).lower()
    name = re.sub(r"^[\s'.:!?()\[\]{}*-]+|[\s':!?()\[\]{}*-]+$", "", name)
    return name.removesuffix(".") if name.find(".") == len(name) - 1 else name


def _split_known_names(piece: str, lexicon: Lexicon) -> list[str] | None:
    words = fold_text(piece).split()
    names: list[str] = []
    start = 0
    while start < len(words):
        end = min(len(words), start + 4)
        while end > start and not lexicon.brand_index.get(" ".join(words[start:end])):
            end -= 1
        brand = lexicon.brand_index.get(" ".join(words[start:end]))
        if end == start or not brand:
            return None
        names.append(brand.name)
        start = end
    return names or None
