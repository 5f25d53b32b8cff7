"""Known phrases in a text on word bounds, longest first; twin of src/style/phrase-index.ts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from tailor_training.style.inflect import inflect_word
from tailor_training.style.text import split_words

T = TypeVar("T")


@dataclass(frozen=True)
class PhraseMatch(Generic[T]):
    """Word positions `start` inclusive to `end` exclusive, and everything that owns the phrase."""

    phrase: str
    start: int
    end: int
    values: tuple[T, ...]


class PhraseIndex(Generic[T]):
    """Finds phrases from left to right, the longest at each place, never overlapping."""

    def __init__(self, entries: Iterable[tuple[str, T]]) -> None:
        self._phrases: dict[str, list[T]] = {}
        self._longest = 1
        for phrase, value in entries:
            words = split_words(phrase)
            self._longest = max(self._longest, len(words))
            for spelling in _inflect_last(words):
                owners = self._phrases.setdefault(spelling, [])
                if value not in owners:
                    owners.append(value)

    def find(self, text: str) -> list[PhraseMatch[T]]:
        return self.find_in_words(split_words(text))

    def find_in_words(self, words: Sequence[str]) -> list[PhraseMatch[T]]:
        matches: list[PhraseMatch[T]] = []
        start = 0
        while start < len(words):
            match = self._longest_at(words, start)
            if match:
                matches.append(match)
            start = match.end if match else start + 1
        return matches

    def find_last(self, words: Sequence[str]) -> PhraseMatch[T] | None:
        """The phrase that ends last, in its longest form: the head of an English noun phrase."""
        for end in range(len(words), 0, -1):
            for start in range(max(0, end - self._longest), end):
                phrase = " ".join(words[start:end])
                values = self._phrases.get(phrase)
                if values:
                    return PhraseMatch(phrase, start, end, tuple(values))
        return None

    def get(self, text: str) -> tuple[T, ...]:
        """Values whose phrase is exactly this text."""
        return tuple(self._phrases.get(" ".join(split_words(text)), ()))

    def _longest_at(self, words: Sequence[str], start: int) -> PhraseMatch[T] | None:
        for end in range(min(len(words), start + self._longest), start, -1):
            phrase = " ".join(words[start:end])
            values = self._phrases.get(phrase)
            if values:
                return PhraseMatch(phrase, start, end, tuple(values))
        return None


def _inflect_last(words: Sequence[str]) -> list[str]:
    if not words:
        return []
    return [" ".join([*words[:-1], form]) for form in inflect_word(words[-1])]
