"""The files of `data/style`, read and indexed; twin of src/style/load-lexicon.ts."""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tailor_training.paths import STYLE_DATA
from tailor_training.style.inflect import inflect_word, stem_word
from tailor_training.style.phrase_index import PhraseIndex
from tailor_training.style.rules import OutfitRule, compile_rule
from tailor_training.style.text import drop_possessive, fold_text, split_words

NUMBER_WORD = re.compile(r"[0-9]+[^\W\d_]{0,3}")


@dataclass(frozen=True, eq=False)
class Garment:
    """A garment or accessory; the fields are those of src/style/lexicon.ts."""

    name: str
    aliases: tuple[str, ...]
    type: str
    genders: tuple[str, ...]
    formality: tuple[int, int]
    warmth: tuple[int, int]
    traits: tuple[str, ...]
    price: tuple[float, float]


@dataclass(frozen=True, eq=False)
class Brand:
    name: str
    aliases: tuple[str, ...]
    tier: int
    genders: tuple[str, ...]
    types: tuple[str, ...]
    traits: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Occasion:
    name: str
    keywords: tuple[str, ...]
    formality: tuple[int, int]
    warmth: tuple[int, int]
    codes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Colour:
    name: str
    aliases: tuple[str, ...]
    base: str
    families: tuple[str, ...]


@dataclass(frozen=True)
class PromptText:
    """`prompt.json` and its version: name plus content hash."""

    version: str
    system: str
    labels: dict[str, str]
    any: str
    limits: dict[str, int]
    prompt_version: str


class BrandIndex:
    """Brands by any spelling of their name."""

    def __init__(self, brands: Iterable[Brand]) -> None:
        self._by_key: dict[str, Brand] = {}
        joined: set[str] = set()
        for brand in brands:
            for name in (brand.name, *brand.aliases):
                key = brand_key(name)
                self._by_key.setdefault(key, brand)
                self._by_key.setdefault(key.replace(" ", ""), brand)
                joined.update(_joined_spellings(name))
        self.joined_names = sorted(joined, key=lambda name: (-len(name.encode("utf-16-le")), name))

    def get(self, text: str) -> Brand | None:
        return self._by_key.get(brand_key(text))


@dataclass(frozen=True, eq=False)
class Lexicon:
    garments: tuple[Garment, ...]
    brands: tuple[Brand, ...]
    occasions: tuple[Occasion, ...]
    colours: tuple[Colour, ...]
    words: dict[str, list[str]]
    prompt: PromptText
    garment_index: PhraseIndex[Garment]
    occasion_index: PhraseIndex[Occasion]
    colour_index: PhraseIndex[Colour]
    pattern_index: PhraseIndex[str]
    modifier_index: PhraseIndex[str]
    material_index: PhraseIndex[str]
    item_type_index: PhraseIndex[str]
    brand_index: BrandIndex
    stop_words: frozenset[str]
    rules_file: dict[str, Any] = field(repr=False)
    rules: dict[str, OutfitRule] = field(repr=False)
    known_words: frozenset[str] = field(repr=False)

    def has_word(self, word: str) -> bool:
        """Is it a word of the lexicon, in any number or with a possessive? Digits count as words."""
        return bool(
            NUMBER_WORD.fullmatch(word) or word in self.known_words or drop_possessive(word) in self.known_words
        )


def brand_key(text: str) -> str:
    """Spelling-blind form of a brand name: "Levi's" → "levis", "H & M" → "h and m"."""
    bare = re.sub(r"['.]", "", fold_text(text)).replace("&", " and ")
    return re.sub(r"[\W_]+", " ", bare).strip()


def load_prompt_text(folder: Path = STYLE_DATA) -> PromptText:
    content = (folder / "prompt.json").read_bytes()
    digest = hashlib.sha256(content).hexdigest()[:8]
    fields = json.loads(content)
    return PromptText(**fields, prompt_version=f"{fields['version']}-{digest}")


def load_lexicon(folder: Path = STYLE_DATA) -> Lexicon:
    """Reads the lexicon; raises when a file is missing or a record lacks a field."""
    garments = _records(folder / "garments.json", "garments", Garment)
    brands = _records(folder / "brands.json", "brands", Brand)
    occasions = _records(folder / "occasions.json", "occasions", Occasion)
    colours = _records(folder / "colours.json", "colours", Colour)
    words = json.loads((folder / "words.json").read_text(encoding="utf-8"))
    rules_file = json.loads((folder / "rules.json").read_text(encoding="utf-8"))
    plain_patterns = rules_file["plainPatterns"]
    pattern_index = PhraseIndex((pattern, pattern) for pattern in words["patterns"] if pattern not in plain_patterns)
    phrases = [
        *(name for garment in garments for name in (garment.name, *garment.aliases)),
        *(name for brand in brands for name in (brand.name, *brand.aliases)),
        *(name for occasion in occasions for name in (occasion.name, *occasion.keywords)),
        *(name for colour in colours for name in (colour.name, *colour.aliases, colour.base, *colour.families)),
        *(word for words_of_kind in words.values() for word in words_of_kind),
    ]
    return Lexicon(
        garments=garments,
        brands=brands,
        occasions=occasions,
        colours=colours,
        words=words,
        prompt=load_prompt_text(folder),
        garment_index=PhraseIndex(_with_phrases(garments, lambda garment: (garment.name, *garment.aliases))),
        occasion_index=PhraseIndex(_with_phrases(occasions, lambda occasion: occasion.keywords)),
        colour_index=PhraseIndex(_with_phrases(colours, lambda colour: (colour.name, *colour.aliases))),
        pattern_index=pattern_index,
        modifier_index=PhraseIndex(
            (word, word) for kind in ("patterns", "materials", "fits", "details") for word in words[kind]
        ),
        material_index=PhraseIndex(_material_stems(words, rules_file)),
        item_type_index=PhraseIndex(
            (phrase, kind) for kind, names in rules_file["itemTypes"].items() for phrase in names
        ),
        brand_index=BrandIndex(brands),
        stop_words=frozenset(rules_file["stopWords"]),
        rules_file=rules_file,
        rules={
            name: compile_rule(name, spec, lambda query: bool(pattern_index.find_in_words(query)))
            for name, spec in rules_file["rules"].items()
        },
        known_words=frozenset(_known_words(phrases)),
    )


def _records(path: Path, key: str, kind: type) -> tuple[Any, ...]:
    rows = json.loads(path.read_text(encoding="utf-8"))[key]
    return tuple(kind(**{name: _freeze(value) for name, value in row.items()}) for row in rows)


def _freeze(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _colour_words(colour: Colour) -> tuple[str, ...]:
    return (colour.name, *colour.aliases, colour.base, *colour.families)


def _with_phrases(values: Iterable[Any], phrases_of: Callable[[Any], Iterable[str]]) -> Iterator[tuple[str, Any]]:
    for value in values:
        for phrase in phrases_of(value):
            yield phrase, value


def _material_stems(words: dict[str, list[str]], rules_file: dict[str, Any]) -> Iterator[tuple[str, str]]:
    groups = rules_file["patternGroups"]
    for group in groups:
        stems = [stem_word(phrase) for phrase in group if len(split_words(phrase)) == 1]
        for phrase in group:
            for stem in stems:
                yield phrase, stem
    grouped = {phrase for group in groups for phrase in group}
    unjudged = rules_file["unjudgedMaterials"]
    for word in [*words["materials"], *words["patterns"]]:
        if word not in unjudged and word not in grouped and len(split_words(word)) == 1:
            yield word, stem_word(word)


def _known_words(phrases: Iterable[str]) -> Iterator[str]:
    for phrase in phrases:
        for word in split_words(phrase):
            yield from inflect_word(word)
            yield from inflect_word(drop_possessive(word))


def _joined_spellings(name: str) -> list[str]:
    text = fold_text(name)
    if not re.search(r"[&/+,;]|\band\b", text):
        return []
    spaced = re.sub(r"\s*&\s*", " & ", text)
    spellings = [text, spaced, re.sub(r"\s*&\s*", " and ", text), text.replace(" and ", " & ")]
    return [spelling.strip() for spelling in spellings]
