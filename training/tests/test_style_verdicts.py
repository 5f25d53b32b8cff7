"""The hard checks give the verdicts that the TypeScript ones give: both read one fixture."""

import json
from pathlib import Path

import pytest

from tailor_training.paths import REPOSITORY
from tailor_training.style.brief import parse_brief
from tailor_training.style.checks import CHECK_NAMES, check_answer
from tailor_training.style.lexicon import Lexicon, load_lexicon

FIXTURES = REPOSITORY / "test" / "fixtures" / "style"


def read_lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").rstrip("\n").split("\n")]


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load_lexicon()


def test_verdicts_are_those_of_the_fixture(lexicon: Lexicon) -> None:
    differences = []
    for row in read_lines(FIXTURES / "verdicts.jsonl"):
        brief = parse_brief(row["brief"]["form"], row["brief"]["profile"], lexicon, row["brief"]["outfits"])
        text = row["text"] if "text" in row else json.dumps(row["plan"], ensure_ascii=False)
        verdicts = check_answer(text, brief, lexicon)
        assert tuple(verdict.name for verdict in verdicts) == CHECK_NAMES
        differences += [
            f"{row['name']}: {verdict.name} {verdict.reason}"
            for verdict in verdicts
            if verdict.ok != row["verdicts"][verdict.name]
        ]
    assert differences == []
