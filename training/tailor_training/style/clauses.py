"""Likes and dislikes through a guidance text; twin of src/style/guidance/read-clauses.ts."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tailor_training.style.phrase_index import PhraseIndex
from tailor_training.style.text import fold_text, split_words

CUES = ("neutral", "avoid", "want", "demand", "turn", "stop")
PREFER_OVER = re.compile(r"\b(prefer\b[^,.;]*?)\bover\b", re.ASCII)
SENTENCE_END = re.compile(r"[.!?;\n()]+|\bbut\b|\bhowever\b|\balthough\b|\bthough\b", re.ASCII)
PART_END = re.compile(r",|\s[-\u2013\u2014/]\s|:")


@dataclass(frozen=True)
class Clause:
    """Words between commas; how each stands (want, avoid, none) and whether it is asked for outright."""

    words: tuple[str, ...]
    polarity: tuple[str, ...]
    demanded: tuple[bool, ...]


def create_clause_reader(rules_file: dict[str, Any]) -> Callable[[str], list[Clause]]:
    index: PhraseIndex[str] = PhraseIndex((phrase, cue) for cue in CUES for phrase in rules_file["cues"][cue])

    def read(text: str) -> list[Clause]:
        clauses: list[Clause] = []
        for sentence in SENTENCE_END.split(PREFER_OVER.sub(r"\1rather than", fold_text(text))):
            inherited = "none"
            for part in PART_END.split(sentence):
                clause = _read_clause(split_words(part), inherited, index)
                if clause.words:
                    clauses.append(clause)
                    inherited = clause.polarity[-1]
        return clauses

    return read


def _read_clause(words: list[str], inherited: str, index: PhraseIndex[str]) -> Clause:
    listed = "or" in words or words[:1] == ["nor"]
    current = inherited if inherited == "want" or (inherited == "avoid" and listed) else "none"
    is_demand = False
    turned = False
    cues = {match.start: match.values for match in index.find_in_words(words)}
    polarity: list[str] = []
    demanded: list[bool] = []
    for position in range(len(words)):
        kinds = cues.get(position, ())
        if "avoid" in kinds:
            current, is_demand, turned = "avoid", False, False
        elif "neutral" in kinds or "stop" in kinds:
            current, is_demand, turned = "none", False, True
        elif ("want" in kinds or "demand" in kinds) and (current != "avoid" or turned):
            current = "want"
            is_demand = is_demand or "demand" in kinds
        if "turn" in kinds:
            turned = True
        polarity.append(current)
        demanded.append(is_demand and current == "want")
    return Clause(tuple(words), tuple(polarity), tuple(demanded))
