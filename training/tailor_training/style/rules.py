"""Rules on outfits as data; twin of src/style/rules."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tailor_training.style.phrase_index import PhraseIndex

if TYPE_CHECKING:
    from tailor_training.style.read_item import ReadItem

ItemTest = Callable[["ReadItem"], bool]
PatternTest = Callable[[Sequence[str]], bool]


@dataclass(frozen=True, eq=False)
class Demand:
    """At least one item must meet it, and `share` of the counted ones."""

    meets: ItemTest
    counts: ItemTest
    share: float
    hint: str


@dataclass(frozen=True, eq=False)
class OutfitRule:
    """What no item may be, and what some items must be; a wish is excused from dress codes."""

    name: str
    forbids: ItemTest
    demands: tuple[Demand, ...] = ()
    is_wish: bool = False

    def without_demands(self) -> "OutfitRule":
        return replace(self, demands=())

    def demands_only(self) -> "OutfitRule":
        return replace(self, forbids=forbid_nothing)


def forbid_nothing(_: "ReadItem") -> bool:
    return False


def judge_rule(rule: OutfitRule, items: Sequence["ReadItem"]) -> str | None:
    """Why the items break the rule, or None when they keep it."""
    forbidden = next((item for item in items if rule.forbids(item)), None)
    if forbidden:
        return f'{rule.name}: "{forbidden.query}"'
    for demand in rule.demands:
        met = sum(demand.meets(item) for item in items)
        counted = sum(demand.counts(item) or demand.meets(item) for item in items)
        if met == 0:
            return f"{rule.name}: no item is {demand.hint}"
        if met < demand.share * counted:
            return f"{rule.name}: too few items are {demand.hint}"
    return None


def compile_rule(name: str, spec: dict[str, Any], has_pattern: PatternTest) -> OutfitRule:
    """A rule of `rules.json`, ready to judge."""
    demands = tuple(
        Demand(
            meets=_compile_any(demand["match"], has_pattern),
            counts=_compile_any(demand.get("among", []), has_pattern),
            share=demand.get("share", 0),
            hint=demand.get("hint", name),
        )
        for demand in spec.get("demand", [])
    )
    forbids = _compile_any(spec.get("forbid", []), has_pattern)
    return OutfitRule(name=name, forbids=forbids, demands=demands, is_wish=spec.get("wish", False))


def _compile_any(specs: list[dict[str, Any]], has_pattern: PatternTest) -> ItemTest:
    matchers = [_compile_matcher(spec, has_pattern) for spec in specs]
    return lambda item: any(matches(item) for matches in matchers)


def _compile_matcher(spec: dict[str, Any], has_pattern: PatternTest) -> ItemTest:
    types = spec.get("types")
    conditions = _compile_conditions(spec, has_pattern)
    excused_by_word = _phrase_test(spec.get("unlessWords"))
    excused_by_trait = _trait_test(spec.get("unlessTraits"))

    def matches(item: "ReadItem") -> bool:
        if types is not None and item.type not in types:
            return False
        if excused_by_word and excused_by_word(item):
            return False
        if excused_by_trait and excused_by_trait(item):
            return False
        return not conditions or any(condition(item) for condition in conditions)

    return matches


def _compile_conditions(spec: dict[str, Any], has_pattern: PatternTest) -> list[ItemTest]:
    conditions = [test for test in (_phrase_test(spec.get("words")), _trait_test(spec.get("traits"))) if test]
    families = spec.get("families")
    if families is not None:
        conditions.append(lambda item: any(family in families for colour in item.colours for family in colour.families))
    if spec.get("coloured"):
        conditions.append(lambda item: len(item.colours) > 0)
    if spec.get("patterns"):
        conditions.append(lambda item: has_pattern(item.words))
    bounds: list[tuple[str, Callable[[Any, float], bool]]] = [
        ("formalityMax", lambda garment, bound: garment.formality[1] <= bound),
        ("formalityMin", lambda garment, bound: garment.formality[0] >= bound),
        ("formalityTop", lambda garment, bound: garment.formality[1] >= bound),
        ("warmthMin", lambda garment, bound: garment.warmth[0] >= bound),
        ("warmthMax", lambda garment, bound: garment.warmth[1] <= bound),
    ]
    for name, test in bounds:
        if name in spec:
            conditions.append(_bound_test(test, spec[name]))
    return conditions


def _bound_test(test: Callable[[Any, float], bool], bound: float) -> ItemTest:
    return lambda item: item.garment is not None and test(item.garment, bound)


def _trait_test(traits: list[str] | None) -> ItemTest | None:
    if traits is None:
        return None
    return lambda item: item.garment is not None and any(trait in traits for trait in item.garment.traits)


def _phrase_test(phrases: list[str] | None) -> ItemTest | None:
    if phrases is None:
        return None
    index: PhraseIndex[bool] = PhraseIndex((phrase, True) for phrase in phrases)
    return lambda item: len(index.find_in_words(item.words)) > 0
