"""A Llama of a few hundred kilobytes with random weights, for tests and dry runs of the whole chain."""

import json
from collections.abc import Iterable
from pathlib import Path

import torch
from tokenizers import Tokenizer, trainers
from tokenizers.pre_tokenizers import ByteLevel
from transformers import LlamaConfig, LlamaForCausalLM

from tailor_training.base.bpe import (
    END_OF_TURN,
    START_OF_TURN,
    UNKNOWN,
    BpeVocabulary,
    build_tokenizer,
    write_tokenizer,
)
from tailor_training.chat_template import load_chat_template

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
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=len(vocabulary.tokens),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=2048,
        rms_norm_eps=1e-5,
        tie_word_embeddings=True,
        initializer_range=WEIGHT_SPREAD,
        bos_token_id=ids[START_OF_TURN],
        eos_token_id=ids[END_OF_TURN],
        pad_token_id=ids[END_OF_TURN],
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
