"""A request understood; twin of src/style/{brief,parse-brief,gender}.ts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tailor_training.style.brands import parse_brands
from tailor_training.style.lexicon import Lexicon
from tailor_training.style.parse_budget import Budget, parse_budget
from tailor_training.style.text import split_words

MAX_OUTFITS = 5
WOMEN = frozenset(
    [
        "female",
        "woman",
        "women",
        "f",
        "w",
        "girl",
        "girls",
        "lady",
        "ladies",
        "she",
        "her",
        "femme",
        "frau",
        "mujer",
        "femenino",
        "feminine",
        "fem",
    ]
)
MEN = frozenset(
    [
        "male",
        "man",
        "men",
        "m",
        "boy",
        "boys",
        "gentleman",
        "guy",
        "he",
        "him",
        "homme",
        "mann",
        "hombre",
        "masculino",
        "masculine",
        "masc",
    ]
)


@dataclass(frozen=True)
class Brief:
    """Same fields as the TypeScript `Brief`."""

    form: Mapping[str, str]
    profile: Mapping[str, Any]
    occasion: str
    brands: tuple[str, ...]
    budget: Budget | None
    guidance: str
    gender: str
    outfits: int


def parse_gender(text: str | None) -> str:
    """women or men when the text says one of them and not the other, else unisex."""
    words = [word.removesuffix("'s") for word in split_words(text or "")]
    if {"non", "nonbinary", "not"} & set(words):
        return "unisex"
    women = any(word in WOMEN for word in words)
    men = any(word in MEN for word in words)
    if women == men:
        return "unisex"
    return "women" if women else "men"


def parse_brief(
    form: Mapping[str, str], profile: Mapping[str, Any] | None, lexicon: Lexicon, outfits: int | None = 1
) -> Brief:
    """A form and profile understood; `outfits` is held within 1 to 5."""
    known = profile or {}
    return Brief(
        form=form,
        profile=known,
        occasion=form.get("preparing_for", "").strip(),
        brands=tuple(parse_brands(form.get("preferred_brand", ""), lexicon)),
        budget=parse_budget(form.get("budget", "")),
        guidance=form.get("description", "").strip(),
        gender=parse_gender(known.get("gender")),
        outfits=min(MAX_OUTFITS, max(1, int(outfits or 1))),
    )
