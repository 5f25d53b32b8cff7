"""Budgets, brands and prompts are read as in TypeScript: both read one fixture."""

import json

import pytest

from tailor_training.paths import REPOSITORY
from tailor_training.style.brands import parse_brands
from tailor_training.style.lexicon import Lexicon, load_lexicon
from tailor_training.style.parse_budget import Budget, parse_budget
from tailor_training.style.prompt import build_messages

LINES = (
    (REPOSITORY / "test" / "fixtures" / "style" / "briefs.jsonl").read_text(encoding="utf-8").rstrip("\n").split("\n")
)
ROWS = [json.loads(line) for line in LINES]


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load_lexicon()


def rows_of(kind: str) -> list[dict]:
    return [row for row in ROWS if row["kind"] == kind]


@pytest.mark.parametrize("row", rows_of("budget"), ids=lambda row: row["text"])
def test_reads_a_budget(row: dict) -> None:
    expected = row["expected"]
    assert parse_budget(row["text"]) == (None if expected is None else Budget(**expected))


@pytest.mark.parametrize("row", rows_of("brands"), ids=lambda row: row["text"][:30])
def test_reads_brands(row: dict, lexicon: Lexicon) -> None:
    assert parse_brands(row["text"], lexicon) == row["expected"]


@pytest.mark.parametrize("row", rows_of("prompt"), ids=lambda row: row["form"]["preparing_for"][:30])
def test_builds_a_prompt(row: dict) -> None:
    system, user = build_messages(row["form"], row["profile"], row["outfits"])
    assert system["role"] == "system"
    assert user == {"role": "user", "content": row["expected"]}
