"""Singular and plural spellings; twin of src/style/inflect.ts."""

import re


def inflect_word(word: str) -> list[str]:
    """A word with its likely singular and plural: `dress` → dress, dresses; `boots` → boots, boot."""
    if len(word) < 3:
        return [word, f"{word}s"] if len(word) == 2 else [word]
    return list(dict.fromkeys([word, *_other_forms(word)]))


def _other_forms(word: str) -> list[str]:
    if re.search(r"(ss|sh|ch|x|z)$", word):
        return [f"{word}es"]
    if re.search(r"[^aeiou]ies$", word):
        return [f"{word[:-3]}y", word[:-1]]
    if re.search(r"(ss|sh|ch|x|z)es$", word):
        return [word[:-2], word[:-1]]
    if re.search(r"([^aeiou]|[aeo])ves$", word):
        return [word[:-1], f"{word[:-3]}f"]
    if word.endswith("s"):
        return [word[:-1]]
    if re.search(r"[^aeiou]y$", word):
        return [f"{word[:-1]}ies"]
    forms = [f"{word}s"]
    if word.endswith("f"):
        forms.append(f"{word[:-1]}ves")
    if word.endswith("o"):
        forms.append(f"{word}es")
    return forms


def stem_word(word: str) -> str:
    """`ruffles`, `ruffled` and `ruffle` share a stem; enough for material words."""
    return re.sub(r"(?:ed|es|s|e)$", "", word)
