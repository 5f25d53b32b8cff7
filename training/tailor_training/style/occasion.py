"""What an occasion in the user's own words asks of an outfit; twin of src/style/read-occasion.ts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tailor_training.style.brief import Brief
from tailor_training.style.guidance import read_guidance
from tailor_training.style.lexicon import Lexicon, Occasion
from tailor_training.style.phrase_index import PhraseMatch
from tailor_training.style.read_item import ReadItem
from tailor_training.style.rules import OutfitRule
from tailor_training.style.text import split_words

WEATHER = frozenset({"hot", "cold", "rain"})
FORMALITY_TOLERANCE = 1
SMALL_PIECE_TOLERANCE = 2


@dataclass(frozen=True)
class OccasionReading:
    main: Occasion | None
    rules: tuple[OutfitRule, ...]
    is_wished: Callable[[ReadItem], bool]


def read_occasion(brief: Brief, lexicon: Lexicon) -> OccasionReading:
    matches = lexicon.occasion_index.find(brief.occasion)
    main = _pick_main(matches)
    wishes = [rule for rule in read_guidance(brief.guidance, brief.gender, lexicon) if rule.is_wish]
    named = lexicon.rules_file["occasion"]
    rules = [
        lexicon.rules[named[code]]
        for code in _pick_codes(brief.occasion, main, matches, lexicon)
        if named.get(code) in lexicon.rules
    ]
    if main:
        rules.append(_formality_rule(main))
    return OccasionReading(
        main=main,
        rules=tuple(rules),
        is_wished=lambda item: any(demand.meets(item) for wish in wishes for demand in wish.demands),
    )


def _pick_main(matches: Sequence[PhraseMatch[Occasion]]) -> Occasion | None:
    """A dress code said outright wins; else the longest phrase, of equal ones the first."""
    said = next((match for match in matches if match.phrase.endswith(" tie")), None)
    if said:
        return said.values[0]
    best = max(matches, key=lambda match: match.end - match.start, default=None)
    return best.values[0] if best else None


def _pick_codes(
    occasion: str, main: Occasion | None, matches: Sequence[PhraseMatch[Occasion]], lexicon: Lexicon
) -> list[str]:
    weather = [code for match in matches for code in match.values[0].codes if code in WEATHER]
    codes = list(dict.fromkeys([*(main.codes if main else ()), *weather]))
    told = _tell_weather(occasion, matches, lexicon)
    if told:
        other = "cold" if told == "hot" else "hot"
        codes = [code for code in codes if code != other]
        if told not in codes:
            codes.append(told)
    if "hot" in codes and "cold" in codes:
        codes = [code for code in codes if code not in ("hot", "cold")]
    return codes


def _tell_weather(occasion: str, matches: Sequence[PhraseMatch[Occasion]], lexicon: Lexicon) -> str | None:
    words = split_words(occasion)
    taken = {index for match in matches for index in range(match.start, match.end)}
    free = [word for index, word in enumerate(words) if index not in taken]
    weather = lexicon.rules_file["weather"]
    is_cold = any(word in weather["cold"] for word in free)
    is_hot = any(word in weather["hot"] for word in free)
    if is_cold == is_hot:
        return None
    return "cold" if is_cold else "hot"


def _formality_rule(occasion: Occasion) -> OutfitRule:
    low, high = occasion.formality

    def forbids(item: ReadItem) -> bool:
        if item.garment is None:
            return False
        tolerance = SMALL_PIECE_TOLERANCE if item.type in ("bag", "accessory") else FORMALITY_TOLERANCE
        least, most = item.garment.formality
        return most < low - tolerance or least > high + tolerance

    return OutfitRule(name=f"formality of {occasion.name}", forbids=forbids)
