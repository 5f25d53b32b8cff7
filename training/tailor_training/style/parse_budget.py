"""Budget texts; twin of src/style/parse-budget.ts."""

import re
from dataclasses import dataclass
from itertools import pairwise

from tailor_training.style.amounts import Amount, find_amounts, round_cents
from tailor_training.style.currencies import drop_currencies, find_currency
from tailor_training.style.text import fold_text

MAX_AMOUNT = 1_000_000_000

UPPER_BEFORE = re.compile(
    r"(?:under|below|less than|lower than|cheaper than|up ?to|upto|to|until|till|no more than"
    r"|not more than|not over|no over|not above|not exceed(?:ing)?|never over|at most|within|inside"
    r"|max(?:imum)?|limit|cap(?:ped)?(?: at)?|ceiling|<=?|≤)(?: (?:of|is|at|about|around|the|a"
    r"|budget|total))*\s*[:=]?\s*$"
)
LOWER_BEFORE = re.compile(
    r"(?:at least|from|over|above|more than|not less than|no less than|north of|min(?:imum)?"
    r"|start(?:ing|s)? (?:at|from)|upwards of|>=?|≥)(?: (?:of|is|about|around))*\s*[:=]?\s*$"
)
DENIED_LOWER = re.compile(
    r"(?:\bno\b|\bnot\b|n't\b|\bdont\b|\bcant\b|nothing|never|without|avoid)[^.;]*(?:over|above"
    r"|more than|north of)[^0-9]*$"
)
AROUND_BEFORE = re.compile(
    r"(?:around|about|approx(?:imately)?\.?|roughly|circa|ca\.?|~|≈|nearly|close to|more or less"
    r"|somewhere near)\s*[:=]?\s*$"
)
UPPER_AFTER = re.compile(
    r"^\s*(?:max(?:imum)?|or less|or under|or below|and under|tops|at most|limit|cap"
    r"|ceiling)(?![a-z])"
)
LOWER_AFTER = re.compile(r"^\s*(?:\+|plus|or more|or above|and up|and above|min(?:imum)?|upwards)(?![a-z])")
AROUND_AFTER = re.compile(r"^\s*-?\s*(?:ish|or so|give or take|approx(?:imately)?|or thereabouts)(?![a-z])")
RANGE_GAP = re.compile(r"^\s*(?:-+|to|till|until|through|thru|or|/|~|\.\.+|and|&|a|bis|up to)\s*$")


@dataclass(frozen=True)
class Budget:
    """Bounds in the entered currency; `min` is None when only an upper bound was given."""

    min: float | None
    max: float
    currency: str | None


def parse_budget(text: str) -> Budget | None:
    """Reads a budget as users type it; None when no upper bound can be read.

    A lone number is an upper bound; "around n" is 80 % to 100 % of n; "from n" is n to 2n.
    """
    folded = re.sub(r"\s+", " ", re.sub("[\u2010-\u2015\u2212]", "-", fold_text(text))).strip()
    bounds = _read_bounds(folded)
    if bounds is None or bounds[1] > MAX_AMOUNT or bounds[1] <= 0:
        return None
    low, high = bounds
    return Budget(low if low is not None and low > 0 else None, high, find_currency(folded))


def _read_bounds(text: str) -> tuple[float | None, float] | None:
    amounts = find_amounts(text)
    found = _find_range(text, amounts)
    if found:
        return found
    classed = _classify_amounts(text, amounts)
    by_bound: dict[str, float] = {}
    for bound, amount in classed:
        by_bound.setdefault(bound, amount.value)
    lower = by_bound.get("lower")
    if "upper" in by_bound:
        upper = by_bound["upper"]
        return (lower if lower is not None and lower <= upper else None, upper)
    if "around" in by_bound:
        return (round_cents(by_bound["around"] * 0.8), by_bound["around"])
    if lower is not None:
        return (lower, lower * 2)
    plain = [amount for _, amount in classed]
    first = next((amount for amount in plain if _touches_currency(text, amount)), plain[0] if plain else None)
    if first is None:
        return None
    return (None, 0 if _is_negative(text, first) else first.value)


def _find_range(text: str, amounts: list[Amount]) -> tuple[float, float] | None:
    for first, second in pairwise(amounts):
        gap = drop_currencies(text[first.end : second.start])
        if not RANGE_GAP.search(gap) or _is_negative(text, first):
            continue
        if re.fullmatch(r"\s*and\s*", gap) and not re.search("between|from|btw", text[: first.start]):
            continue
        shared = first.scale == 1 and second.scale > 1 and first.value < second.value / second.scale
        low = first.value * second.scale if shared else first.value
        return (min(low, second.value), max(low, second.value))
    return None


def _classify_amounts(text: str, amounts: list[Amount]) -> list[tuple[str, Amount]]:
    classed: list[tuple[str, Amount]] = []
    read_from = 0
    for index, amount in enumerate(amounts):
        next_start = amounts[index + 1].start if index + 1 < len(amounts) else len(text)
        prefix = _classify_prefix(drop_currencies(text[read_from : amount.start]))
        suffix = None if prefix else _classify_suffix(drop_currencies(text[amount.end : next_start]))
        read_from = next_start if suffix else amount.end
        classed.append((prefix or suffix or "plain", amount))
    return classed


def _classify_prefix(before: str) -> str | None:
    if UPPER_BEFORE.search(before) or DENIED_LOWER.search(before):
        return "upper"
    if LOWER_BEFORE.search(before):
        return "lower"
    return "around" if AROUND_BEFORE.search(before) else None


def _classify_suffix(after: str) -> str | None:
    if UPPER_AFTER.search(after):
        return "upper"
    if LOWER_AFTER.search(after):
        return "lower"
    return "around" if AROUND_AFTER.search(after) else None


def _touches_currency(text: str, amount: Amount) -> bool:
    before = text[max(0, amount.start - 4) : amount.start]
    after = text[amount.end : amount.end + 8]
    return find_currency(before) is not None or find_currency(after) is not None


def _is_negative(text: str, amount: Amount) -> bool:
    return re.fullmatch(r"\s*-\s*", drop_currencies(text[: amount.start])) is not None
