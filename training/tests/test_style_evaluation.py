"""The evaluation's report on given answers, and its intervals."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tailor_training.paths import REPOSITORY
from tailor_training.style.evaluation import wilson

FIXTURE = REPOSITORY / "test" / "fixtures" / "style" / "verdicts.jsonl"
SCRIPT = REPOSITORY / "training" / "evaluate_style_model.py"


@pytest.mark.parametrize(
    ("passed", "n", "low", "high"),
    [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0), (0, 0, 0.0, 1.0)],
)
def test_wilson_gives_textbook_values(passed: int, n: int, low: float, high: float) -> None:
    rate = wilson(passed, n)
    assert rate.low == pytest.approx(low, abs=1e-4)
    assert rate.high == pytest.approx(high, abs=1e-4)


def test_report_counts_what_the_fixture_expects(tmp_path: Path) -> None:
    rows = [json.loads(line) for line in FIXTURE.read_text(encoding="utf-8").rstrip("\n").split("\n")][:200]
    briefs = tmp_path / "briefs.jsonl"
    answers = tmp_path / "answers.jsonl"
    briefs.write_text("\n".join(json.dumps({"id": str(i), **row["brief"]}) for i, row in enumerate(rows)))
    answers.write_text(
        "\n".join(
            json.dumps({"id": i, "text": row.get("text", json.dumps(row.get("plan"))), "tokens": 100 + i})
            for i, row in enumerate(rows)
        )
    )
    out = tmp_path / "report.json"
    command = [sys.executable, SCRIPT, "--briefs", briefs, "--answers", answers, "--out", out]
    command += ["--decoding", "tightened"]
    run = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True)
    report = json.loads(out.read_text(encoding="utf-8"))
    assert report["n"] == 200
    assert report["decoding"] == "tightened"
    for name in rows[0]["verdicts"]:
        assert report["rates"][name]["passed"] == sum(row["verdicts"][name] for row in rows), name
    hard = [name for name in rows[0]["verdicts"] if name != "guidance"]
    expected = sum(all(row["verdicts"][name] for name in hard) for row in rows)
    assert report["rates"]["all"]["passed"] == expected
    assert sum(rates["all"]["n"] for rates in report["slices"]["gender"].values()) == 200
    assert report["tokens"]["p50"] == 200
    assert "query_form" in run.stdout


def test_a_brief_without_an_answer_fails(tmp_path: Path) -> None:
    form = {"preparing_for": "office", "preferred_brand": "", "budget": "", "description": ""}
    briefs = tmp_path / "briefs.jsonl"
    briefs.write_text(json.dumps({"id": "a", "form": form, "profile": {}}))
    answers = tmp_path / "answers.jsonl"
    answers.write_text("")
    out = tmp_path / "report.json"
    command = [sys.executable, SCRIPT, "--briefs", briefs, "--answers", answers, "--out", out, "--decoding", "free"]
    subprocess.run([str(part) for part in command], check=True, capture_output=True)
    report = json.loads(out.read_text(encoding="utf-8"))
    assert report["rates"]["json"] == {
        "passed": 0,
        "n": 1,
        "rate": 0.0,
        "low": 0.0,
        "high": pytest.approx(0.7935, abs=1e-4),
    }


def test_given_answers_must_be_told_how_they_were_decoded(tmp_path: Path) -> None:
    out = tmp_path / "report.json"
    command = [sys.executable, SCRIPT, "--briefs", tmp_path, "--answers", tmp_path, "--out", out]
    run = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert "--answers needs --decoding, one of free, constrained, tightened" in run.stderr
    assert not out.exists()


def test_a_models_own_answers_are_free_ones(tmp_path: Path) -> None:
    command = [sys.executable, SCRIPT, "--briefs", tmp_path, "--model", tmp_path, "--decoding", "tightened"]
    run = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert "decoding is free" in run.stderr
