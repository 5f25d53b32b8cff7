"""Hard checks on a plan: the names, order and verdicts of src/style/checks."""

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tailor_training.style.brands import parse_brands
from tailor_training.style.brief import Brief
from tailor_training.style.guidance import read_guidance
from tailor_training.style.inflect import inflect_word
from tailor_training.style.lexicon import Lexicon
from tailor_training.style.occasion import read_occasion
from tailor_training.style.read_item import ReadOutfit, read_outfit
from tailor_training.style.rules import judge_rule
from tailor_training.style.text import drop_possessive, flatten_text, split_words

SLACK_PERCENT = 102
LEAST_PERCENT = 40
SLOT_LIMITS = {"top": 2, "bottom": 1, "full-body": 1, "outerwear": 2, "shoes": 1, "bag": 1, "accessory": 6}
PRICE = re.compile(
    r"[$€£¥₹₩₽₺₪₫฿₱₦₴]|[0-9]\s?(?:usd|eur|gbp|dollars?|euros?|pounds?|bucks)\b|\b(?:usd|eur|gbp)\b"
    r"|\b(?:under|below|over|up to|less than|max)\s+[0-9]",
    re.IGNORECASE | re.ASCII,
)
SENTENCE_MARK = re.compile(r'[!?;:,"\n]|\.(?:\s|$)')
LEAST_LOOKS_WORDS = 2
LEAST_DESCRIPTION_WORDS = 4
MOST_NAMED_WORDS = 4


@dataclass(frozen=True)
class CheckVerdict:
    """A check's outcome; `reason` tells the first outfit and item that fail."""

    name: str
    ok: bool
    reason: str | None = None


Check = Callable[[ReadOutfit, Brief, Lexicon], str | None]


def check_answer(text: str, brief: Brief, lexicon: Lexicon) -> list[CheckVerdict]:
    """Judges an answer's text: `json` first (the text as it stands must parse), then as `check_plan`."""
    try:
        plan = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return [
            CheckVerdict("json", False, "empty" if text.strip() == "" else "not JSON"),
            CheckVerdict("schema", False, "no JSON"),
            *_fail_all(),
        ]
    return [CheckVerdict("json", True), *check_plan(plan, brief, lexicon)]


def check_plan(plan: Any, brief: Brief, lexicon: Lexicon) -> list[CheckVerdict]:
    """Judges a parsed plan: `schema` and every outfit check, in order."""
    fault = find_schema_fault(plan)
    if fault:
        return [CheckVerdict("schema", False, fault), *_fail_all()]
    outfits = [read_outfit(outfit, lexicon) for outfit in plan["outfits"]]
    verdicts = [_judge(name, outfits, brief, lexicon) for name in CHECKS]
    return [CheckVerdict("schema", True), *verdicts]


def passes_checks(verdicts: list[CheckVerdict], with_guidance: bool = False) -> bool:
    """Do all hard checks pass? `guidance` is counted apart."""
    return all(verdict.ok or (verdict.name == "guidance" and not with_guidance) for verdict in verdicts)


def find_schema_fault(plan: Any) -> str | None:
    """Why a value is not the backend's plan, or None."""
    if not isinstance(plan, Mapping) or not isinstance(plan.get("outfits"), list) or not plan["outfits"]:
        return "outfits: no list of outfits"
    for index, outfit in enumerate(plan["outfits"]):
        fault = _find_outfit_fault(outfit)
        if fault:
            return f"outfits.{index}.{fault}"
    return None


def _find_outfit_fault(outfit: Any) -> str | None:
    if not isinstance(outfit, Mapping):
        return "not an object"
    for name in ("looks", "description"):
        if not isinstance(outfit.get(name), str):
            return f"{name}: not a string"
    if not isinstance(outfit.get("items"), list):
        return "items: not a list"
    for index, item in enumerate(outfit["items"]):
        if not isinstance(item, Mapping):
            return f"items.{index}: not an object"
        for name in ("query", "key", "type", "brand"):
            if not isinstance(item.get(name), str):
                return f"items.{index}.{name}: not a string"
        for name in ("min", "max"):
            if not _is_price(item.get(name)):
                return f"items.{index}.{name}: neither string nor number"
    return None


def _is_price(value: Any) -> bool:
    if isinstance(value, str):
        return True
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _judge(name: str, outfits: list[ReadOutfit], brief: Brief, lexicon: Lexicon) -> CheckVerdict:
    for index, outfit in enumerate(outfits):
        reason = CHECKS[name](outfit, brief, lexicon)
        if reason is not None:
            return CheckVerdict(name, False, f"outfit {index + 1}: {reason}")
    return CheckVerdict(name, True)


def _fail_all() -> list[CheckVerdict]:
    return [CheckVerdict(name, False, "no plan to check") for name in CHECKS]


def _check_item_count(outfit: ReadOutfit, _brief: Brief, _lexicon: Lexicon) -> str | None:
    count = len(outfit.items)
    return None if 3 <= count <= 6 else f"{count} items"


def _check_prices(outfit: ReadOutfit, _brief: Brief, _lexicon: Lexicon) -> str | None:
    for item in outfit.items:
        if item.min is None or item.max is None:
            return f'no price can be read for "{item.query}"'
        if item.min < 0 or item.min > item.max or item.max <= 0:
            return f'prices {item.min} to {item.max} for "{item.query}"'
    return None


def _check_budget(outfit: ReadOutfit, brief: Brief, _lexicon: Lexicon) -> str | None:
    budget = brief.budget
    if budget is None:
        return None
    cents = 0
    for item in outfit.items:
        if item.max is None:
            return "an upper price cannot be read"
        cents += _round(item.max * 100)
    if cents > _round(budget.max * SLACK_PERCENT):
        return f"{cents / 100} is above the budget of {budget.max}"
    if cents < _round(budget.max * LEAST_PERCENT):
        return f"{cents / 100} is far below the budget of {budget.max}"
    if budget.min is not None and cents < _round(budget.min * 100):
        return f"{cents / 100} is below the least, {budget.min}"
    return None


def _round(value: float) -> int:
    return math.floor(value + 0.5)


def _check_brand_used(outfit: ReadOutfit, brief: Brief, lexicon: Lexicon) -> str | None:
    if not brief.brands:
        return None
    used = {brand for item in outfit.items for brand in parse_brands(item.brand, lexicon)}
    return None if used & set(brief.brands) else "none of the listed brands appears"


def _check_brand_kept(outfit: ReadOutfit, brief: Brief, lexicon: Lexicon) -> str | None:
    for item in outfit.items:
        names = parse_brands(item.brand, lexicon)
        if not names:
            return f'brand "{item.brand}"'
        for name in names:
            is_kept = name in brief.brands if brief.brands else lexicon.brand_index.get(name) is not None
            if not is_kept:
                return f'brand "{item.brand}"'
    return None


def _check_garment(outfit: ReadOutfit, _brief: Brief, _lexicon: Lexicon) -> str | None:
    for item in outfit.items:
        if item.garment is None:
            return f'no garment in "{item.query}"'
        if item.type is None:
            return f'unknown type for "{item.query}"'
        if item.garment.type != item.type:
            return f'"{item.query}" is {item.garment.type}, not {item.type}'
    return None


def _check_words(outfit: ReadOutfit, brief: Brief, lexicon: Lexicon) -> str | None:
    texts = [*brief.brands, brief.occasion, brief.guidance]
    own = {word for text in texts for word in split_words(text)}
    for item in outfit.items:
        if not item.words:
            return f'no words in "{item.query}"'
        for word in item.words:
            if not lexicon.has_word(word) and word not in own:
                return f'"{word}" is no known word'
    return None


def _check_composition(outfit: ReadOutfit, _brief: Brief, _lexicon: Lexicon) -> str | None:
    types = {item.type for item in outfit.items}
    if "shoes" not in types:
        return "no shoes"
    is_dressed = "full-body" in types or ("bottom" in types and ("top" in types or "outerwear" in types))
    return None if is_dressed else "neither a full-body piece nor top and bottom"


def _check_slots(outfit: ReadOutfit, _brief: Brief, _lexicon: Lexicon) -> str | None:
    counts: dict[str, int] = {}
    queries: set[tuple[str, ...]] = set()
    for item in outfit.items:
        if item.words in queries:
            return f'"{item.query}" is repeated'
        queries.add(item.words)
        if item.type is None:
            continue
        counts[item.type] = counts.get(item.type, 0) + 1
        if counts[item.type] > SLOT_LIMITS[item.type]:
            return f"{counts[item.type]} items of type {item.type}"
    return None


def _check_gender(outfit: ReadOutfit, brief: Brief, lexicon: Lexicon) -> str | None:
    if brief.gender == "unisex":
        return None
    others = lexicon.rules_file["audience"]["men" if brief.gender == "women" else "women"]
    for item in outfit.items:
        if item.garment and brief.gender not in item.garment.genders:
            return f'"{item.query}" is not for {brief.gender}'
        if any(drop_possessive(word) in others for word in item.words):
            return f'"{item.query}" is addressed to others than {brief.gender}'
    return None


def _check_query_form(outfit: ReadOutfit, _brief: Brief, _lexicon: Lexicon) -> str | None:
    for item in outfit.items:
        count = len(item.query.split())
        if not 2 <= count <= 10:
            return f'{count} words in "{item.query}"'
        if PRICE.search(item.query):
            return f'a price in "{item.query}"'
        if SENTENCE_MARK.search(item.query):
            return f'sentence marks in "{item.query}"'
    return None


def _check_occasion(outfit: ReadOutfit, brief: Brief, lexicon: Lexicon) -> str | None:
    reading = read_occasion(brief, lexicon)
    judged = [item for item in outfit.items if not reading.is_wished(item)]
    for rule in reading.rules:
        reason = judge_rule(rule.without_demands(), judged) or judge_rule(rule.demands_only(), outfit.items)
        if reason:
            return reason
    return None


def _check_keys(outfit: ReadOutfit, _brief: Brief, _lexicon: Lexicon) -> str | None:
    keys = [item.key.strip().lower() for item in outfit.items]
    if "" in keys:
        return "an empty key"
    repeated = next((key for index, key in enumerate(keys) if key in keys[:index]), None)
    return None if repeated is None else f'key "{repeated}" is repeated'


def _check_texts(outfit: ReadOutfit, brief: Brief, lexicon: Lexicon) -> str | None:
    if len(split_words(outfit.looks)) < LEAST_LOOKS_WORDS:
        return "looks says too little"
    if len(split_words(outfit.description)) < LEAST_DESCRIPTION_WORDS:
        return "description says too little"
    text = f"{outfit.looks} {outfit.description}"
    return None if names_occasion(text, brief.occasion, lexicon) else "the occasion is not named"


def names_occasion(text: str, occasion: str, lexicon: Lexicon) -> bool:
    """A third of the occasion's telling words, at least one and at most four, in any inflection."""
    telling = telling_words(occasion, lexicon)
    if not telling:
        return True
    words = split_words(text)
    named = [word for word in telling if any(_is_same_word(own, word) for own in words)]
    return len(named) >= min(MOST_NAMED_WORDS, math.ceil(len(telling) / 3))


def telling_words(occasion: str, lexicon: Lexicon) -> list[str]:
    """Words that tell an occasion from others; of a long one those that the model is shown."""
    shown = flatten_text(occasion, lexicon.prompt.limits["occasion"])
    words = dict.fromkeys(split_words(shown))
    return [word for word in words if word not in lexicon.stop_words and not re.fullmatch("[0-9]+", word)]


def _is_same_word(a: str, b: str) -> bool:
    if a == b or b in inflect_word(a) or a in inflect_word(b):
        return True
    shared = 0
    while shared < min(len(a), len(b)) and a[shared] == b[shared]:
        shared += 1
    return shared >= 5 and max(len(a), len(b)) - shared <= 4


def _check_guidance(outfit: ReadOutfit, brief: Brief, lexicon: Lexicon) -> str | None:
    for rule in read_guidance(brief.guidance, brief.gender, lexicon):
        reason = judge_rule(rule, outfit.items)
        if reason:
            return reason
    return None


CHECKS: dict[str, Check] = {
    "item_count": _check_item_count,
    "prices": _check_prices,
    "budget": _check_budget,
    "brand_used": _check_brand_used,
    "brand_kept": _check_brand_kept,
    "garment": _check_garment,
    "words": _check_words,
    "composition": _check_composition,
    "slots": _check_slots,
    "gender": _check_gender,
    "query_form": _check_query_form,
    "occasion": _check_occasion,
    "keys": _check_keys,
    "texts": _check_texts,
    "guidance": _check_guidance,
}
CHECK_NAMES = ("json", "schema", *CHECKS)
