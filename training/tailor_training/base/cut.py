"""Cuts a byte-level BPE vocabulary down to what a task needs; the model loses embedding rows, nothing else.

A kept token brings the two halves of its merge, theirs, and so on. So every text whose tokens are kept is tokenised
exactly as before, and any other text falls back on shorter tokens, at worst on bytes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from transformers import AutoConfig

from tailor_training.base.bpe import BpeVocabulary, build_tokenizer, write_tokenizer
from tailor_training.files import read_json, write_json


@dataclass(frozen=True)
class VocabularyCut:
    """The smaller vocabulary and, for each of its ids in order, the id in the full one."""

    vocabulary: BpeVocabulary
    old_ids: list[int]


def load_vocabulary(folder: Path) -> BpeVocabulary:
    """Reads tokenizer.json of a folder written by `write_tokenizer`."""
    content = read_json(folder / "tokenizer.json")
    ids = content["model"]["vocab"]
    tokens = sorted(ids, key=ids.get)
    merges = [tuple(merge) for merge in content["model"]["merges"]]
    return BpeVocabulary(tokens, merges, [token["id"] for token in content["added_tokens"]])


def cut_vocabulary(full: BpeVocabulary, first_ids: int, texts: Iterable[str]) -> VocabularyCut:
    """Keeps control tokens, byte tokens, ids below `first_ids`, the ids of `texts`, and their merge ancestors."""
    tokenizer = build_tokenizer(full)
    kept = set(range(min(first_ids, len(full.tokens)))) | set(full.special_ids) | _byte_ids(full)
    for text in texts:
        kept.update(tokenizer.encode(text, add_special_tokens=False).ids)
    old_ids = sorted(_with_ancestors(full, kept))
    new_ids = {old: new for new, old in enumerate(old_ids)}
    tokens = [full.tokens[i] for i in old_ids]
    known = set(tokens)
    merges = [m for m in full.merges if m[0] in known and m[1] in known and m[0] + m[1] in known]
    return VocabularyCut(BpeVocabulary(tokens, merges, [new_ids[i] for i in full.special_ids]), old_ids)


def cut_base(base: Path, out: Path, *, first_ids: int, texts: Iterable[str]) -> VocabularyCut:
    """Writes a copy of the base folder with the cut vocabulary; `vocabulary-cut.json` lists the new ids' old ids."""
    cut = cut_vocabulary(load_vocabulary(base), first_ids, texts)
    out.mkdir(parents=True, exist_ok=True)
    write_tokenizer(cut.vocabulary, out, (base / "chat_template.jinja").read_text(encoding="utf-8"))
    config = AutoConfig.from_pretrained(base)
    new_ids = {old: new for new, old in enumerate(cut.old_ids)}
    config.vocab_size = len(cut.old_ids)
    for name in ("bos_token_id", "eos_token_id", "pad_token_id"):
        setattr(config, name, new_ids[getattr(config, name)])
    config.save_pretrained(out)
    tensors = load_file(base / "model.safetensors")
    embedding = tensors["model.embed_tokens.weight"]
    tensors["model.embed_tokens.weight"] = embedding[torch.tensor(cut.old_ids)].contiguous()
    save_file(tensors, out / "model.safetensors", metadata={"format": "pt"})
    write_json(out / "vocabulary-cut.json", {"oldIds": cut.old_ids})
    return cut


def count_changed_texts(base: Path, cut_folder: Path, texts: Iterable[str]) -> int:
    """How many texts the cut tokenizer splits in another way than the full one."""
    full = Tokenizer.from_file(str(base / "tokenizer.json"))
    cut = Tokenizer.from_file(str(cut_folder / "tokenizer.json"))
    return sum(full.encode(text).tokens != cut.encode(text).tokens for text in texts)


def _byte_ids(vocabulary: BpeVocabulary) -> set[int]:
    special = set(vocabulary.special_ids)
    return {i for i, token in enumerate(vocabulary.tokens) if len(token) == 1 and i not in special}


def _with_ancestors(vocabulary: BpeVocabulary, kept: set[int]) -> set[int]:
    ids = {token: index for index, token in enumerate(vocabulary.tokens)}
    halves: dict[int, list[int]] = {}
    for left, right in vocabulary.merges:
        halves.setdefault(ids[left + right], []).extend((ids[left], ids[right]))
    closed: set[int] = set()
    pending = list(kept)
    while pending:
        token = pending.pop()
        if token not in closed:
            closed.add(token)
            pending.extend(halves.get(token, ()))
    return closed
