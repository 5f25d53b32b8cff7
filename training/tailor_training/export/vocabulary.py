"""A tokenizer folder as GGUF fields: byte-level BPE (SmolLM2) or SentencePiece (Llama 2, TinyLlama)."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gguf import GGUFWriter, TokenType
from sentencepiece import SentencePieceProcessor

from tailor_training.files import read_json


class UnknownTokenizerError(ValueError):
    """The folder's tokenizer is of no family that the export knows."""


@dataclass(frozen=True)
class GgufVocabulary:
    """Lists are indexed by token id; `scores` only for SentencePiece, `merges` only for BPE."""

    model: str
    pre: str
    tokens: list[bytes]
    types: list[int]
    scores: list[float] | None
    merges: list[str] | None
    bos: int | None
    eos: int
    pad: int
    unknown: int | None
    add_bos: bool

    def write(self, writer: GGUFWriter) -> None:
        writer.add_tokenizer_model(self.model)
        writer.add_tokenizer_pre(self.pre)
        writer.add_token_list(self.tokens)
        writer.add_token_types(self.types)
        if self.scores is not None:
            writer.add_token_scores(self.scores)
        if self.merges is not None:
            writer.add_token_merges(self.merges)
        if self.bos is not None:
            writer.add_bos_token_id(self.bos)
        writer.add_eos_token_id(self.eos)
        writer.add_pad_token_id(self.pad)
        if self.unknown is not None:
            writer.add_unk_token_id(self.unknown)
        writer.add_add_bos_token(self.add_bos)
        writer.add_add_eos_token(False)
        writer.add_add_space_prefix(self.scores is not None)


def read_vocabulary(folder: Path, tokenizer: Any, size: int) -> GgufVocabulary:
    """`size` is the model's vocabulary size; ids past the tokenizer's are filled with unused tokens.

    `tokenizer` is the folder's transformers tokenizer, which knows the ids of the special tokens.
    """
    if (folder / "tokenizer.model").exists():
        return _read_sentencepiece(folder / "tokenizer.model", tokenizer, size)
    content = read_json(folder / "tokenizer.json")
    if content["model"]["type"] != "BPE" or not _is_smollm(content.get("pre_tokenizer") or {}):
        raise UnknownTokenizerError(f"{folder}: neither SentencePiece (tokenizer.model) nor SmolLM's BPE")
    return _read_smollm(content, tokenizer, size)


def _is_smollm(pre_tokenizer: dict[str, Any]) -> bool:
    """llama.cpp's `smollm`: single digits, then GPT-2's pattern."""
    kinds = [step.get("type") for step in pre_tokenizer.get("pretokenizers", [])]
    return kinds == ["Digits", "ByteLevel"] and pre_tokenizer["pretokenizers"][0]["individual_digits"]


def _read_smollm(content: dict[str, Any], tokenizer: Any, size: int) -> GgufVocabulary:
    tokens, types = _unused(size)
    for token, index in content["model"]["vocab"].items():
        tokens[index], types[index] = token.encode(), TokenType.NORMAL
    for added in content["added_tokens"]:
        kind = TokenType.CONTROL if added["special"] else TokenType.USER_DEFINED
        tokens[added["id"]], types[added["id"]] = added["content"].encode(), kind
    return GgufVocabulary(
        model="gpt2",
        pre="smollm",
        tokens=tokens,
        types=types,
        scores=None,
        merges=[" ".join(merge) for merge in content["model"]["merges"]],
        add_bos=False,
        **_special_ids(tokenizer),
    )


def _read_sentencepiece(path: Path, tokenizer: Any, size: int) -> GgufVocabulary:
    processor = SentencePieceProcessor(model_file=str(path))
    tokens, types = _unused(size)
    scores = [-10000.0] * size
    for index in range(processor.vocab_size()):
        tokens[index] = processor.id_to_piece(index).encode()
        scores[index] = processor.get_score(index)
        types[index] = _piece_type(processor, index)
    return GgufVocabulary(
        model="llama",
        pre="default",
        tokens=tokens,
        types=types,
        scores=scores,
        merges=None,
        add_bos=True,
        **_special_ids(tokenizer),
    )


def _piece_type(processor: SentencePieceProcessor, index: int) -> int:
    if processor.is_unknown(index):
        return TokenType.UNKNOWN
    if processor.is_control(index):
        return TokenType.CONTROL
    if processor.is_unused(index):
        return TokenType.UNUSED
    return TokenType.BYTE if processor.is_byte(index) else TokenType.NORMAL


def _unused(size: int) -> tuple[list[bytes], list[int]]:
    return [f"[PAD{index}]".encode() for index in range(size)], [int(TokenType.UNUSED)] * size


def _special_ids(tokenizer: Any) -> dict[str, int | None]:
    return {
        "bos": tokenizer.bos_token_id,
        "eos": tokenizer.eos_token_id,
        "pad": tokenizer.pad_token_id,
        "unknown": tokenizer.unk_token_id,
    }
