"""Numbers in a budget text; twin of src/style/amounts.ts."""

import math
import re
from dataclasses import dataclass

NUMBER = re.compile(
    r"(?<![0-9])(?<![0-9][.,])"
    r"(?:[0-9]{1,3}(?:,[0-9]{2})+,[0-9]{3}|[0-9]{1,3}(?:[.,'][0-9]{3})+(?:[.,][0-9]{1,2})?"
    r"|[0-9]{1,3}(?: 000)+|[0-9]{1,2} [0-9]{3}|[0-9]+(?:[.,][0-9]+)?)(?![0-9])"
    r"(?:(?:\s?(k|thousand|grand))(?![a-z])|m(?![a-z]))?"
)
NOT_MONEY = re.compile(
    r"\s?(?:%|percent|outfits?|looks?|people|persons?|pieces?|items?|things?|shoes|days?|nights?|weeks?|hours?|hrs?"
    r"|years?|yrs?|cm|kg|lbs?|ft)(?![a-z])"
)


@dataclass(frozen=True)
class Amount:
    """A number: value with thousands marks and k/m resolved, place in the text, scale (1000 for `2k`)."""

    value: float
    start: int
    end: int
    scale: int


def find_amounts(text: str) -> list[Amount]:
    """Every amount of a folded text, in order; counts of things and percentages are left out."""
    amounts: list[Amount] = []
    for match in NUMBER.finditer(text):
        if NOT_MONEY.match(text[match.end() :]):
            continue
        scale = 1000 if match[1] is not None else 1_000_000 if match[0].endswith("m") else 1
        digits = re.sub(r"[^0-9.,' ]", "", match[0]).strip()
        amounts.append(Amount(round_cents(_parse_digits(digits) * scale), match.start(), match.end(), scale))
    return amounts


def _parse_digits(digits: str) -> float:
    """Three digits after a lone mark are thousands; fewer or more are decimals."""
    compact = re.sub(r"[ ']", "", digits)
    mark = max(compact.rfind("."), compact.rfind(","))
    if mark < 0:
        return float(compact)
    fraction = compact[mark + 1 :]
    whole = re.sub(r"[.,]", "", compact[:mark])
    is_decimal = len(fraction) != 3 or float(whole) == 0
    return float(f"{whole}.{fraction}" if is_decimal else f"{whole}{fraction}")


def round_cents(value: float) -> float:
    """Half up, alike in TypeScript and Python."""
    return math.floor(value * 100 + 0.5) / 100 if math.isfinite(value) else value
