"""Rules that a guidance text asks for; twin of src/style/guidance."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from tailor_training.style.clauses import Clause, create_clause_reader
from tailor_training.style.inflect import inflect_word, stem_word
from tailor_training.style.lexicon import Colour, Garment, Lexicon
from tailor_training.style.phrase_index import PhraseIndex
from tailor_training.style.read_item import ReadItem
from tailor_training.style.rules import Demand, OutfitRule, forbid_nothing
from tailor_training.style.text import split_words

IMITATIONS = frozenset({"faux", "vegan", "imitation", "synthetic", "artificial", "fake"})


@dataclass(frozen=True)
class _PhraseUse:
    rule: OutfitRule
    polarity: tuple[str, ...]
    index: PhraseIndex[bool]


class GuidanceReader:
    """Compiled phrase tables of a lexicon."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._read_clauses = create_clause_reader(lexicon.rules_file)
        self._tables = [
            _PhraseUse(
                lexicon.rules[row["rule"]],
                tuple(row["polarity"]),
                _create_use_index(row),
            )
            for row in lexicon.rules_file["guidance"]
            if row["rule"] in lexicon.rules
        ]

    def read(self, guidance: str, gender: str) -> list[OutfitRule]:
        clauses = self._read_clauses(guidance) if guidance else []
        if not clauses:
            return []
        return [
            *self._read_table_rules(clauses),
            *_read_colour_rules(clauses, self._lexicon),
            *_read_garment_rules(clauses, gender, self._lexicon),
            *_read_material_rules(clauses, self._lexicon),
        ]

    def _read_table_rules(self, clauses: Sequence[Clause]) -> list[OutfitRule]:
        rules: list[OutfitRule] = []
        for use in self._tables:
            if use.rule not in rules and any(self._is_meant(use, clause) for clause in clauses):
                rules.append(use.rule)
        names = {rule.name for rule in rules}
        both = {"heat", "cold"} <= names
        return [rule for rule in rules if not (both and rule.name in ("heat", "cold"))]

    def _is_meant(self, use: _PhraseUse, clause: Clause) -> bool:
        return any(
            True in match.values
            and clause.polarity[match.start] in use.polarity
            and not (use.rule.name == "no-patterns" and self._is_pattern(clause, match.start - 1))
            for match in use.index.find_in_words(clause.words)
        )

    def _is_pattern(self, clause: Clause, position: int) -> bool:
        if position < 0:
            return False
        word = clause.words[position]
        return word == "animal" or len(self._lexicon.pattern_index.get(word)) > 0


def _create_use_index(row: dict[str, Any]) -> PhraseIndex[bool]:
    """Longer phrases in `except` hide the ones they hold: "cold shoulder"."""
    hidden = ((phrase, False) for phrase in row.get("except", []))
    return PhraseIndex([*((phrase, True) for phrase in row["phrases"]), *hidden])


_readers: WeakKeyDictionary[Lexicon, GuidanceReader] = WeakKeyDictionary()


def read_guidance(guidance: str, gender: str, lexicon: Lexicon) -> list[OutfitRule]:
    """The table in `rules.json`, and colours, garments and materials by name."""
    reader = _readers.get(lexicon)
    if reader is None:
        reader = GuidanceReader(lexicon)
        _readers[lexicon] = reader
    return reader.read(guidance, gender)


def _read_colour_rules(clauses: Sequence[Clause], lexicon: Lexicon) -> list[OutfitRule]:
    wanted: list[Colour] = []
    avoided: list[Colour] = []
    is_exclusive = False
    for clause in clauses:
        for match in lexicon.colour_index.find_in_words(clause.words):
            stance = _colour_stance(clause, match.start, lexicon)
            if stance == "avoid" and not _modified_garment(clause, match.start, lexicon):
                avoided += [colour for colour in match.values if colour not in avoided]
            if stance == "want":
                wanted += [colour for colour in match.values if colour.base != "multi" and colour not in wanted]
                is_exclusive = is_exclusive or _has_phrase(clause, lexicon.rules_file["cues"]["exclusive"])
    rules = []
    if avoided:
        rules.append(_avoided_colours(avoided))
    kept = [colour for colour in wanted if colour not in avoided]
    if kept:
        rules.append(_wanted_colours(kept, 1 if is_exclusive else 0))
    return rules


def _colour_stance(clause: Clause, position: int, lexicon: Lexicon) -> str:
    polarity = clause.polarity[position]
    if polarity == "avoid":
        return "avoid"
    if _is_owned(clause, position, lexicon):
        return "none"
    if polarity == "want":
        return "want"
    coloured = {
        index for match in lexicon.colour_index.find_in_words(clause.words) for index in range(match.start, match.end)
    }
    filler = lexicon.rules_file["cues"]["filler"]
    only_colours = all(index in coloured or word in filler for index, word in enumerate(clause.words))
    return "want" if only_colours else "none"


def _is_owned(clause: Clause, position: int, lexicon: Lexicon) -> bool:
    cues = lexicon.rules_file["cues"]
    turns = [i for i in range(position) if clause.words[i] in cues["turn"] or clause.words[i] in cues["want"]]
    start = turns[-1] if turns else -1
    return any(word in cues["owned"] for word in clause.words[start + 1 : position + 3])


def _avoided_colours(colours: list[Colour]) -> OutfitRule:
    names = ", ".join(colour.name for colour in colours)
    return OutfitRule(
        name=f"avoided-colours ({names})",
        forbids=lambda item: any(_has_colour(item, colour) for colour in colours),
    )


def _wanted_colours(colours: list[Colour], share: float) -> OutfitRule:
    names = ", ".join(colour.name for colour in colours)
    demand = Demand(
        meets=lambda item: any(_has_colour(item, colour) for colour in colours),
        counts=lambda item: len(item.colours) > 0,
        share=share,
        hint=names,
    )
    return OutfitRule(name=f"wanted-colours ({names})", forbids=forbid_nothing, demands=(demand,))


def _has_colour(item: ReadItem, colour: Colour) -> bool:
    is_hue = colour.name == colour.base
    return any(own.name == colour.name or (is_hue and own.base == colour.base) for own in item.colours)


def _has_phrase(clause: Clause, phrases: Sequence[str]) -> bool:
    text = f" {' '.join(clause.words)} "
    return any(f" {phrase} " in text for phrase in phrases)


def _read_garment_rules(clauses: Sequence[Clause], gender: str, lexicon: Lexicon) -> list[OutfitRule]:
    cues = lexicon.rules_file["cues"]
    rules: dict[str, OutfitRule] = {}
    for clause in clauses:
        is_owned = any(word in cues["owned"] for word in clause.words)
        for match in lexicon.garment_index.find_in_words(clause.words):
            modifiers = _modifiers_before(clause, match.start, lexicon)
            is_generic = match.phrase in cues["generic"]
            if is_generic and not modifiers:
                continue
            if clause.polarity[match.start] == "avoid":
                rule = _avoided_garment(match.phrase, match.values, modifiers)
                rules[rule.name] = rule
            wearable = tuple(g for g in match.values if gender == "unisex" or gender in g.genders)
            if not is_generic and clause.demanded[match.start] and wearable and not is_owned:
                rule = _wanted_garment(match.phrase, wearable)
                rules[rule.name] = rule
    return list(rules.values())


def _modified_garment(clause: Clause, position: int, lexicon: Lexicon) -> bool:
    return any(
        match.start > position and match.start - len(_modifiers_before(clause, match.start, lexicon)) <= position
        for match in lexicon.garment_index.find_in_words(clause.words)
    )


def _modifiers_before(clause: Clause, position: int, lexicon: Lexicon) -> tuple[str, ...]:
    start = position
    while start > 0 and _is_modifier(clause.words[start - 1], lexicon):
        start -= 1
    return clause.words[start:position]


def _is_modifier(word: str, lexicon: Lexicon) -> bool:
    return len(lexicon.colour_index.get(word)) > 0 or len(lexicon.modifier_index.get(word)) > 0


def _avoided_garment(phrase: str, garments: tuple[Garment, ...], modifiers: tuple[str, ...]) -> OutfitRule:
    return OutfitRule(
        name=f"no {' '.join([*modifiers, phrase])}",
        forbids=lambda item: _is_kind_of(item, phrase, garments) and all(_has_word(item, word) for word in modifiers),
    )


def _wanted_garment(phrase: str, garments: tuple[Garment, ...]) -> OutfitRule:
    demand = Demand(meets=lambda item: _is_kind_of(item, phrase, garments), counts=forbid_nothing, share=0, hint=phrase)
    return OutfitRule(name=f"wants {phrase}", forbids=forbid_nothing, demands=(demand,), is_wish=True)


def _is_kind_of(item: ReadItem, phrase: str, garments: tuple[Garment, ...]) -> bool:
    garment = item.garment
    if garment is None:
        return False
    if garment in garments:
        return True
    if any(said.name == said.type and garment.type == said.type for said in garments):
        return True
    if " " in phrase:
        return False
    heads = set(inflect_word(phrase))
    lasts = [(split_words(name) or [""])[-1] for name in (garment.name, *garment.aliases)]
    return any(form in heads for last in lasts for form in inflect_word(last))


def _has_word(item: ReadItem, word: str) -> bool:
    forms = inflect_word(word)
    return any(own in forms for own in item.words)


def _read_material_rules(clauses: Sequence[Clause], lexicon: Lexicon) -> list[OutfitRule]:
    rules: dict[str, OutfitRule] = {}
    for clause in clauses:
        for match in lexicon.material_index.find_in_words(clause.words):
            if clause.polarity[match.start] != "avoid" or _modified_garment(clause, match.start, lexicon):
                continue
            rule = _avoided_material(match.phrase, match.values)
            rules[rule.name] = rule
    return list(rules.values())


def _avoided_material(phrase: str, stems: tuple[str, ...]) -> OutfitRule:
    def forbids(item: ReadItem) -> bool:
        if any(word in IMITATIONS for word in item.words):
            return False
        has_trait = item.garment is not None and phrase in item.garment.traits
        return has_trait or any(stem_word(word) in stems for word in item.words)

    return OutfitRule(name=f"no {phrase}", forbids=forbids)
