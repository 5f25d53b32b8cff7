"""The local model's prompt; twin of src/style/prompt.ts: trained on exactly what is served."""

import math
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from tailor_training.style.brief import Brief, parse_brief
from tailor_training.style.lexicon import Lexicon, PromptText, load_lexicon
from tailor_training.style.parse_budget import Budget
from tailor_training.style.text import flatten_text

LOCALE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*")


@cache
def default_lexicon() -> Lexicon:
    """The lexicon of `data/style`, read once a process."""
    return load_lexicon()


def build_messages(
    form: Mapping[str, str], profile: Mapping[str, Any] | None = None, outfits: int = 1
) -> list[dict[str, str]]:
    """The system and user messages for a form and profile, e.g. `[{"role": "system", "content": …}, …]`."""
    lexicon = default_lexicon()
    return build_prompt_messages(parse_brief(form, profile, lexicon, outfits), lexicon.prompt)


def build_prompt_messages(brief: Brief, prompt: PromptText) -> list[dict[str, str]]:
    return [
        {"role": "system", "content": prompt.system},
        {"role": "user", "content": "\n".join(_prompt_lines(brief, prompt))},
    ]


def format_amount(value: float) -> str:
    """150 → `150`, 12.5 → `12.50`."""
    return str(int(value)) if value == int(value) else f"{value:.2f}"


def format_budget(budget: Budget | None, any_budget: str) -> str:
    """`200-300 USD`, `up to 150`, or `any_budget` for no bound."""
    if budget is None:
        return any_budget
    currency = f" {budget.currency}" if budget.currency else ""
    high = format_amount(budget.max)
    return f"up to {high}{currency}" if budget.min is None else f"{format_amount(budget.min)}-{high}{currency}"


def _prompt_lines(brief: Brief, prompt: PromptText) -> list[str]:
    labels, limits = prompt.labels, prompt.limits
    brands = [flatten_text(brand, limits["brand"]) for brand in brief.brands[: limits["brands"]]]
    tags = [flatten_text(tag, limits["tag"]) for tag in brief.profile.get("imageTags") or []]
    lines = [
        (labels["occasion"], flatten_text(brief.occasion, limits["occasion"]) or prompt.any),
        (labels["brands"], ", ".join(brands) or prompt.any),
        (labels["budget"], format_budget(brief.budget, prompt.any)),
        (labels["guidance"], flatten_text(brief.guidance, limits["guidance"])),
        (labels["profile"], _describe_profile(brief)),
        (labels["imageTags"], ", ".join([tag for tag in tags if tag][: limits["tags"]])),
        (labels["outfits"], str(brief.outfits) if brief.outfits > 1 else ""),
    ]
    return [f"{label}: {value}" for label, value in lines if value]


def _describe_profile(brief: Brief) -> str:
    profile = brief.profile
    locale = profile.get("locale") or ""
    parts = [
        _describe_gender(brief),
        _describe_number(profile.get("age"), "age", ""),
        _describe_number(profile.get("heightCm"), "height", " cm"),
        _describe_number(profile.get("weightKg"), "weight", " kg"),
        f"locale {locale}" if LOCALE.fullmatch(locale) else "",
    ]
    return ", ".join(part for part in parts if part)


def _describe_gender(brief: Brief) -> str:
    if brief.gender != "unisex":
        return "gender female" if brief.gender == "women" else "gender male"
    text = re.sub("[,:]", "", flatten_text(brief.profile.get("gender") or "", 20).lower())
    return f"gender {text}" if text else ""


def _describe_number(value: float | None, name: str, unit: str) -> str:
    if value is None or not 0 < value <= 400:
        return ""
    return f"{name} {format_amount(math.floor(value * 100 + 0.5) / 100)}{unit}"
