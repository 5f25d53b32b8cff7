"""Folding and splitting of user text; twin of src/style/text.ts."""

import re
import unicodedata

APOSTROPHES = re.compile("[\u2019\u2018\u02bc`\u00b4]")
WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
TEMPLATE_MARK = re.compile(r"<\|[^|<>]*\|>|</?s>")


def fold_text(text: str) -> str:
    """Compatibility form, lower case, no diacritics, straight apostrophes."""
    decomposed = unicodedata.normalize("NFKD", text)
    bare = "".join(char for char in decomposed if not unicodedata.category(char).startswith("M"))
    return APOSTROPHES.sub("'", bare).lower()


def split_words(text: str) -> list[str]:
    """Words of a text, folded; hyphens separate."""
    return WORD.findall(fold_text(text))


def drop_possessive(word: str) -> str:
    """`women's` → `women`."""
    return word.removesuffix("'s")


def straight_quotes(text: str) -> str:
    return APOSTROPHES.sub("'", text)


def flatten_text(text: str, limit: int) -> str:
    """One line without control characters and chat-template marks, at most `limit` code points."""
    spaced = "".join(map(_plain_character, TEMPLATE_MARK.sub(" ", text)))
    plain = re.sub(" +", " ", spaced).strip(" ")
    return plain if len(plain) <= limit else plain[:limit].strip(" ")


def _plain_character(char: str) -> str:
    category = unicodedata.category(char)
    if category in ("Cc", "Zl", "Zp", "Zs"):
        return " "
    return "" if category in ("Cf", "Cs") else char
