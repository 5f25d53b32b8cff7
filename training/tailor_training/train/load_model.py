"""Base model and tokenizer, from a folder or a hub."""

import shutil
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig
from tokenizers.pre_tokenizers import Metaspace
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

from tailor_training.chat_template import load_chat_template
from tailor_training.files import read_json, write_json
from tailor_training.paths import resolve
from tailor_training.train.config import ConfigError, TrainingConfig


def base_location(base: str) -> str:
    """An existing folder wins (relative to the repository); otherwise the text is a hub id."""
    folder = resolve(base)
    if folder.is_dir():
        return str(folder)
    if base.startswith(("data/", ".", "/")):
        raise ConfigError(f"base: no folder {folder}; bases are made by training/bases/*.py")
    return base


def load_tokenizer(base: str, chat_template: str) -> PreTrainedTokenizerBase:
    """The base's tokenizer with our chat template and a pad token that is EOS where it has none."""
    tokenizer = AutoTokenizer.from_pretrained(base_location(base))
    tokenizer.chat_template = load_chat_template(chat_template)
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    if _is_sentencepiece(tokenizer):
        # llama.cpp begins the text after every special token with a space; transformers does so in some versions.
        tokenizer.backend_tokenizer.pre_tokenizer = Metaspace(prepend_scheme="always", split=False)
    return tokenizer


def save_tokenizer(tokenizer: PreTrainedTokenizerBase, base: str, folder: Path) -> None:
    """Also saves what transformers leaves out for SentencePiece: `tokenizer.model`, which the export reads scores
    from, and `legacy`, without which the saved tokenizer would split in another way."""
    tokenizer.save_pretrained(folder)
    source = Path(base_location(base)) / "tokenizer.model"
    if source.exists():
        shutil.copyfile(source, folder / source.name)
    if _is_sentencepiece(tokenizer):
        path = folder / "tokenizer_config.json"
        write_json(path, {**read_json(path), "legacy": True})


def _is_sentencepiece(tokenizer: PreTrainedTokenizerBase) -> bool:
    return isinstance(tokenizer.backend_tokenizer.pre_tokenizer, Metaspace)


def load_base(config: TrainingConfig) -> PreTrainedModel:
    options: dict[str, Any] = {"dtype": getattr(torch, precision_of(config)), "attn_implementation": "sdpa"}
    if config.quantization == "nf4":
        options["quantization_config"] = _nf4()
    return AutoModelForCausalLM.from_pretrained(base_location(config.base), **options)


def precision_of(config: TrainingConfig) -> str:
    if config.precision != "auto":
        return config.precision
    return "bfloat16" if torch.cuda.is_available() else "float32"


def engine_of(config: TrainingConfig) -> str:
    """`packed` computes in float32 without dropout; `auto` takes it on machines without a GPU."""
    if config.engine != "auto":
        return config.engine
    plain = config.lora_dropout == 0 and config.quantization == "none" and precision_of(config) == "float32"
    return "packed" if plain and not torch.cuda.is_available() else "trl"


def lora_config(config: TrainingConfig) -> LoraConfig:
    return LoraConfig(
        r=config.lora_rank,
        lora_alpha=config.lora_alpha,
        lora_dropout=config.lora_dropout,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
    )


def _nf4() -> Any:
    try:
        import bitsandbytes  # noqa: F401
    except ImportError:
        raise ConfigError("quantization: nf4 needs the package bitsandbytes (pip install bitsandbytes)") from None
    if not torch.cuda.is_available():
        raise ConfigError("quantization: nf4 needs a GPU; set quantization=none")
    from transformers import BitsAndBytesConfig

    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
    )
