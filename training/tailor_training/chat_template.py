"""The chat templates in data/style: one file a family, the same text in training, tokenizer folder and GGUF."""

from tailor_training.paths import STYLE_DATA


def load_chat_template(family: str) -> str:
    """Text of `data/style/chat-template.<family>.jinja`; families: chatml (SmolLM2), zephyr (TinyLlama)."""
    return (STYLE_DATA / f"chat-template.{family}.jinja").read_text(encoding="utf-8").strip()
