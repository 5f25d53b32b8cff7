"""A Llama of a few hundred kilobytes with random weights, for tests and dry runs of the whole chain."""

import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from sentencepiece import SentencePieceTrainer
from tokenizers import Tokenizer, trainers
from tokenizers.pre_tokenizers import ByteLevel
from transformers import LlamaConfig, LlamaForCausalLM, LlamaTokenizer

from tailor_training.base.bpe import (
    END_OF_TURN,
    START_OF_TURN,
    UNKNOWN,
    BpeVocabulary,
    build_tokenizer,
    write_tokenizer,
)
from tailor_training.chat_template import load_chat_template
from tailor_training.files import write_json

# Far larger than a real model's, so that greedy choices are clear and not near ties.
WEIGHT_SPREAD = 0.15


def make_tiny_base(folder: Path, texts: Iterable[str], *, tokens: int = 600, seed: int = 7) -> None:
    """Writes a transformers folder like SmolLM2's: 2 layers of width 64, 4 heads on 2 key heads, tied embeddings.

    The vocabulary is learnt from `texts` and has at most `tokens` tokens.
    """
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = learn_vocabulary(texts, tokens)
    write_tokenizer(vocabulary, folder, load_chat_template("chatml"))
    ids = {token: index for index, token in enumerate(vocabulary.tokens)}
    special = {"bos_token_id": ids[START_OF_TURN], "eos_token_id": ids[END_OF_TURN], "pad_token_id": ids[END_OF_TURN]}
    _write_weights(folder, seed, vocab_size=len(ids), tie_word_embeddings=True, **special)


def make_tiny_sentencepiece_base(folder: Path, texts: Iterable[str], *, tokens: int = 420, seed: int = 7) -> None:
    """The same like TinyLlama's: a SentencePiece vocabulary, an output matrix of its own, and unused ids at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tokenizer.model").write_bytes(_learn_sentencepiece(texts, tokens))
    names = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
    write_json(folder / "tokenizer_config.json", {"tokenizer_class": "LlamaTokenizer", "legacy": True, **names})
    size = len(LlamaTokenizer.from_pretrained(folder)) + 12
    _write_weights(folder, seed, vocab_size=size, tie_word_embeddings=False, bos_token_id=1, eos_token_id=2)


def _write_weights(folder: Path, seed: int, **options: Any) -> None:
    torch.manual_seed(seed)
    config = LlamaConfig(
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=2048,
        rms_norm_eps=1e-5,
        initializer_range=WEIGHT_SPREAD,
        **options,
    )
    LlamaForCausalLM(config).save_pretrained(folder)


def learn_vocabulary(texts: Iterable[str], tokens: int) -> BpeVocabulary:
    """Byte-level BPE with SmolLM's splitting; every byte is a token, so any text can be written."""
    special = [UNKNOWN, START_OF_TURN, END_OF_TURN]
    blank = build_tokenizer(BpeVocabulary(special, [], [0, 1, 2]))
    trainer = trainers.BpeTrainer(
        vocab_size=tokens,
        special_tokens=special,
        initial_alphabet=sorted(ByteLevel.alphabet()),
        show_progress=False,
    )
    blank.train_from_iterator(texts, trainer)
    return _read(blank)


def _read(tokenizer: Tokenizer) -> BpeVocabulary:
    model = json.loads(tokenizer.to_str())["model"]
    ids = model["vocab"]
    merges = [tuple(merge) for merge in model["merges"]]
    return BpeVocabulary(sorted(ids, key=ids.get), merges, [0, 1, 2])


def _learn_sentencepiece(texts: Iterable[str], tokens: int) -> bytes:
    """Llama 2's settings: BPE, bytes for unknown letters, single digits, no normalising."""
    model = io.BytesIO()
    SentencePieceTrainer.train(
        sentence_iterator=iter([line for text in texts for line in text.split("\n")]),
        model_writer=model,
        model_type="bpe",
        vocab_size=tokens,
        hard_vocab_limit=False,
        byte_fallback=True,
        split_digits=True,
        normalization_rule_name="identity",
        remove_extra_whitespaces=False,
        num_threads=1,
        minloglevel=2,
    )
    return model.getvalue()
