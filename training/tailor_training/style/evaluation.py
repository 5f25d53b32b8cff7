"""Rates of hard checks over many answers, with intervals and slices; no model needed here."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tailor_training.style.brief import Brief, parse_brief
from tailor_training.style.checks import CHECK_NAMES, check_answer, passes_checks
from tailor_training.style.guidance import read_guidance
from tailor_training.style.lexicon import Lexicon

ALL = "all"
ALL_WITH_GUIDANCE = "all_with_guidance"
# Guidance counted only where a rule can tell something.
GUIDANCE_WHERE_JUDGED = "guidance_where_judged"


@dataclass(frozen=True)
class Answer:
    """What a model answered to a brief; `tokens` are the answer's, None when unknown."""

    id: str
    brief: Brief
    text: str
    tokens: int | None = None


@dataclass(frozen=True)
class Judged:
    """One answer's outcomes: check name (and the composites) → passed."""

    id: str
    brief: Brief
    outcomes: Mapping[str, bool]
    reasons: Mapping[str, str]
    tokens: int | None


@dataclass(frozen=True)
class Rate:
    """A share with its 95 % Wilson interval."""

    passed: int
    n: int
    rate: float
    low: float
    high: float


def wilson(passed: int, n: int, z: float = 1.959964) -> Rate:
    """Wilson score interval of a rate (textbook); 0 to 1 when n is 0.

    >>> wilson(9, 10).low > 0.59
    True
    """
    if n == 0:
        return Rate(0, 0, 0.0, 0.0, 1.0)
    share = passed / n
    centre = share + z * z / (2 * n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return Rate(passed, n, share, max(0.0, (centre - half) / scale), min(1.0, (centre + half) / scale))


def read_brief(row: Mapping[str, Any], lexicon: Lexicon) -> Brief:
    """A line `{id, form, profile, outfits?}`, or a data set sample with these under `input`."""
    request = row.get("input", row)
    return parse_brief(request["form"], request.get("profile"), lexicon, request.get("outfits", 1))


def judge_answer(answer: Answer, lexicon: Lexicon) -> Judged:
    verdicts = check_answer(answer.text, answer.brief, lexicon)
    outcomes = {verdict.name: verdict.ok for verdict in verdicts}
    outcomes[ALL] = passes_checks(verdicts)
    outcomes[ALL_WITH_GUIDANCE] = passes_checks(verdicts, with_guidance=True)
    if read_guidance(answer.brief.guidance, answer.brief.gender, lexicon):
        outcomes[GUIDANCE_WHERE_JUDGED] = outcomes["guidance"]
    reasons = {verdict.name: verdict.reason for verdict in verdicts if verdict.reason is not None}
    return Judged(answer.id, answer.brief, outcomes, reasons, answer.tokens)


def budget_form(brief: Brief) -> str:
    """`none`, `upper` or `range`."""
    if brief.budget is None:
        return "none"
    return "upper" if brief.budget.min is None else "range"


def create_report(judged: Sequence[Judged]) -> dict[str, Any]:
    """Rates of every check and of all, by slice; token counts; what fails most; failed checks by id."""
    return {
        "n": len(judged),
        "rates": _rates(judged),
        "slices": {
            "gender": _slice(judged, lambda one: one.brief.gender),
            "budget": _slice(judged, lambda one: budget_form(one.brief)),
            "brands": _slice(judged, lambda one: "listed" if one.brief.brands else "any"),
        },
        "tokens": _describe_tokens([one.tokens for one in judged if one.tokens is not None]),
        "failed": {
            one.id: [name for name in CHECK_NAMES if not one.outcomes[name]]
            for one in judged
            if not one.outcomes[ALL_WITH_GUIDANCE]
        },
        "reasons": {one.id: dict(one.reasons) for one in judged if one.reasons},
    }


def format_report(report: Mapping[str, Any]) -> str:
    """The rates as a table: check, passed, rate, interval; then the slices of `all`."""
    lines = [f"{'check':<24}{'passed':>12}{'rate':>9}   95 % interval"]
    lines += [_format_rate(name, rate) for name, rate in report["rates"].items()]
    for slice_name, values in report["slices"].items():
        lines.append("")
        lines += [_format_rate(f"{slice_name} {value}", rates[ALL]) for value, rates in values.items()]
    tokens = report["tokens"]
    if tokens:
        lines += ["", f"tokens an answer: mean {tokens['mean']:.0f}, p50 {tokens['p50']}, p95 {tokens['p95']}"]
    return "\n".join(lines)


def _rates(judged: Iterable[Judged]) -> dict[str, dict[str, float]]:
    counts: dict[str, Counter[bool]] = defaultdict(Counter)
    for one in judged:
        for name, ok in one.outcomes.items():
            counts[name][ok] += 1
    names = [*CHECK_NAMES, GUIDANCE_WHERE_JUDGED, ALL, ALL_WITH_GUIDANCE]
    return {name: asdict(wilson(counts[name][True], counts[name].total())) for name in names}


def _slice(judged: Sequence[Judged], value_of: Any) -> dict[str, Any]:
    groups: dict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        groups[value_of(one)].append(one)
    return {value: _rates(groups[value]) for value in sorted(groups)}


def _describe_tokens(tokens: list[int]) -> dict[str, float] | None:
    if not tokens:
        return None
    ordered = sorted(tokens)
    return {
        "n": len(ordered),
        "mean": sum(ordered) / len(ordered),
        "p50": ordered[len(ordered) // 2],
        "p95": ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))],
    }


def _format_rate(name: str, rate: Mapping[str, float]) -> str:
    passed = f"{rate['passed']:.0f}/{rate['n']:.0f}"
    return f"{name:<24}{passed:>12}{rate['rate']:>8.1%}   {rate['low']:.1%} to {rate['high']:.1%}"
