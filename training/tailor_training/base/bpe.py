"""A byte-level BPE vocabulary and the transformers files that describe it."""

from dataclasses import dataclass
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, pre_tokenizers
from tokenizers.models import BPE

from tailor_training.files import write_json, write_text

END_OF_TURN = "<|im_end|>"
START_OF_TURN = "<|im_start|>"
UNKNOWN = "<|endoftext|>"


@dataclass(frozen=True)
class BpeVocabulary:
    """Tokens by id, merges in rank order, ids of the control tokens."""

    tokens: list[str]
    merges: list[tuple[str, str]]
    special_ids: list[int]


def build_tokenizer(vocabulary: BpeVocabulary) -> Tokenizer:
    """SmolLM's tokenizer: every digit by itself, then GPT-2's pattern (llama.cpp calls it `smollm`)."""
    ids = {token: index for index, token in enumerate(vocabulary.tokens)}
    tokenizer = Tokenizer(BPE(ids, vocabulary.merges, fuse_unk=False))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(
        [AddedToken(vocabulary.tokens[i], special=True, normalized=False) for i in vocabulary.special_ids]
    )
    return tokenizer


def write_tokenizer(vocabulary: BpeVocabulary, folder: Path, chat_template: str) -> None:
    """Writes tokenizer.json, tokenizer_config.json and chat_template.jinja."""
    build_tokenizer(vocabulary).save(str(folder / "tokenizer.json"))
    write_text(folder / "chat_template.jinja", chat_template)
    write_json(
        folder / "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "bos_token": START_OF_TURN,
            "eos_token": END_OF_TURN,
            "pad_token": END_OF_TURN,
            "unk_token": UNKNOWN,
            "add_bos_token": False,
            "clean_up_tokenization_spaces": False,
            "model_max_length": 8192,
        },
    )
