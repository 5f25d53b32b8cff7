"""Writes GGUF files: a whole Llama model, or a LoRA adapter on its own."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from gguf import GGML_QUANT_VERSION, GGUFWriter

from tailor_training.export.quantise import Quantiser, QuantPlan
from tailor_training.export.tensors import GgufNames, LoraAdapter
from tailor_training.export.vocabulary import GgufVocabulary


@dataclass(frozen=True)
class ModelCard:
    """What the file says of itself."""

    name: str
    license: str
    base: str
    chat_template: str
    context_length: int


def write_model(
    path: Path,
    tensors: Iterator[tuple[str, np.ndarray]],
    *,
    config: Any,
    vocabulary: GgufVocabulary,
    card: ModelCard,
    plan: QuantPlan,
    quantiser: Quantiser,
) -> None:
    """Tensors are float32 under their GGUF names and in llama.cpp's row order."""
    writer = GGUFWriter(_temporary(path), "llama")
    _write_head(writer, config, card)
    writer.add_file_type(plan.file_type)
    writer.add_quantization_version(GGML_QUANT_VERSION)
    vocabulary.write(writer)
    writer.add_chat_template(card.chat_template)
    for name, weight in tensors:
        kind = plan.type_of(name, weight.shape)
        writer.add_tensor(name, quantiser.pack(name, weight, kind), raw_dtype=kind)
    _finish(writer, path)


def write_adapter(path: Path, adapter: LoraAdapter, *, config: Any, name: str) -> None:
    """The adapter alone, float16, in the form that llama.cpp loads beside the base; the rank is the tensors'."""
    writer = GGUFWriter(_temporary(path), "llama")
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", adapter.alpha)
    writer.add_name(name)
    for tensor, weight in adapter_tensors(adapter, config):
        writer.add_tensor(tensor, weight.astype(np.float16))
    _finish(writer, path)


def adapter_tensors(adapter: LoraAdapter, config: Any) -> Iterator[tuple[str, np.ndarray]]:
    """`<tensor>.lora_a` and `.lora_b`; only the B of q and k is reordered."""
    names = GgufNames(config)
    for module, (down, up) in adapter.factors.items():
        name = names.name(f"{module}.weight")
        if name is None:
            raise ValueError(f"the adapter changes the tied output matrix {module}")
        yield f"{name}.lora_a", down.numpy()
        yield f"{name}.lora_b", np.ascontiguousarray(names.reorder(name, up.numpy()))


def _write_head(writer: GGUFWriter, config: Any, card: ModelCard) -> None:
    writer.add_type("model")
    writer.add_name(card.name)
    writer.add_license(card.license)
    writer.add_string("general.base_model.0.name", card.base)
    writer.add_uint32("general.base_model.count", 1)
    writer.add_context_length(card.context_length)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])
    writer.add_rope_dimension_count(config.hidden_size // config.num_attention_heads)
    writer.add_vocab_size(config.vocab_size)


def _temporary(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.with_name(f".{path.name}.tmp")


def _finish(writer: GGUFWriter, path: Path) -> None:
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    _temporary(path).replace(path)
