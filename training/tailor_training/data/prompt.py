"""The one place where training asks for the served prompt."""

from typing import Any

from tailor_training.style.prompt import build_messages


def build_prompt(form: dict[str, Any], profile: dict[str, Any], outfits: int) -> list[dict[str, str]]:
    """Chat messages for a form, exactly as the gateway builds them."""
    return build_messages(form, profile, outfits)
