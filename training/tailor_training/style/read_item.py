"""Items of any model's plan, understood as far as the lexicon goes; twin of src/style/read-item.ts."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tailor_training.style.amounts import find_amounts
from tailor_training.style.currencies import drop_currencies
from tailor_training.style.lexicon import Colour, Garment, Lexicon
from tailor_training.style.text import fold_text, split_words

ITEM_TYPES = ("top", "bottom", "full-body", "outerwear", "shoes", "bag", "accessory")
CONNECTORS = frozenset({"with", "for", "in", "over", "under", "to"})


@dataclass(frozen=True, eq=False)
class ReadItem:
    """Type, garment and prices are None where they cannot be read."""

    query: str
    words: tuple[str, ...]
    key: str
    type: str | None
    garment: Garment | None
    colours: tuple[Colour, ...]
    brand: str
    min: float | None
    max: float | None


@dataclass(frozen=True, eq=False)
class ReadOutfit:
    looks: str
    description: str
    items: tuple[ReadItem, ...]


def read_outfit(outfit: Mapping[str, Any], lexicon: Lexicon) -> ReadOutfit:
    items = tuple(read_item(item, lexicon) for item in outfit["items"])
    return ReadOutfit(looks=outfit["looks"], description=outfit["description"], items=items)


def read_item(item: Mapping[str, Any], lexicon: Lexicon) -> ReadItem:
    words = tuple(split_words(item["query"]))
    kind = read_item_type(item["type"], lexicon)
    matches = lexicon.colour_index.find_in_words(words)
    return ReadItem(
        query=item["query"],
        words=words,
        key=item["key"],
        type=kind,
        garment=_pick_garment(words, kind, lexicon),
        colours=tuple(colour for match in matches for colour in match.values),
        brand=item["brand"],
        min=read_price(item["min"]),
        max=read_price(item["max"]),
    )


def read_item_type(text: str, lexicon: Lexicon) -> str | None:
    """`shoes`, `Footwear` and `ankle boots` all mean the slot shoes."""
    words = split_words(text)
    exact = next((kind for kind in ITEM_TYPES if split_words(kind) == words), None)
    if exact:
        return exact
    named = lexicon.item_type_index.get(text)
    if named:
        return named[0]
    garments = lexicon.garment_index.find(text)
    return garments[-1].values[0].type if garments else None


def read_price(price: str | float) -> float | None:
    """49, "49", "49.90", "$49", "49 EUR"; None when it is no single amount ≥ 0."""
    if not isinstance(price, str):
        return float(price) if math.isfinite(price) else None
    text = fold_text(price).strip()
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
        return float(text)
    bare = drop_currencies(text).strip()
    amounts = find_amounts(bare)
    if len(amounts) != 1:
        return None
    rest = bare[: amounts[0].start] + bare[amounts[0].end :]
    return amounts[0].value if rest.strip() == "" else None


def _pick_garment(words: tuple[str, ...], kind: str | None, lexicon: Lexicon) -> Garment | None:
    connector = next((index for index, word in enumerate(words) if index > 0 and word in CONNECTORS), 0)
    index = lexicon.garment_index
    head = index.find_last(words[:connector]) or index.find_last(words)
    if head is None:
        return None
    return next((garment for garment in head.values if garment.type == kind), head.values[0])
