"""Tensors of a Llama model under their GGUF names, with the LoRA update merged in."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from gguf import MODEL_ARCH, get_tensor_name_map
from safetensors import safe_open
from torch import Tensor

from tailor_training.rotary_order import half_split_to_interleaved, interleaved_to_half_split


@dataclass(frozen=True)
class LoraAdapter:
    """Factors by module name (`model.layers.0.self_attn.q_proj`): A is [rank, in], B is [out, rank]."""

    factors: dict[str, tuple[Tensor, Tensor]]
    alpha: float
    rank: int

    @property
    def scale(self) -> float:
        return self.alpha / self.rank


class UnsupportedAdapterError(ValueError):
    """llama.cpp cannot apply this adapter (DoRA, rsLoRA, trained embeddings, …)."""


def load_adapter(folder: Path) -> LoraAdapter:
    """Reads a PEFT adapter folder and refuses what the GGUF form cannot express."""
    config = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
    for key in ("use_rslora", "use_dora", "modules_to_save"):
        if config.get(key):
            raise UnsupportedAdapterError(f"{folder}: {key} cannot be written to GGUF")
    downs: dict[str, Tensor] = {}
    ups: dict[str, Tensor] = {}
    with safe_open(folder / "adapter_model.safetensors", "pt") as file:
        for name in file.keys():  # noqa: SIM118 (safe_open is no mapping)
            module, _, kind = name.removeprefix("base_model.model.").rpartition(".lora_")
            factors = {"A.weight": downs, "B.weight": ups}.get(kind)
            if factors is None:
                raise UnsupportedAdapterError(f"{folder}: {name} is neither lora_A nor lora_B")
            factors[module] = file.get_tensor(name).float()
    pairs = {module: (downs[module], ups[module]) for module in sorted(downs)}
    return LoraAdapter(pairs, float(config["lora_alpha"]), int(config["r"]))


def iterate_base(folder: Path) -> Iterator[tuple[str, Tensor]]:
    """Parameters of a safetensors folder (one file or sharded), float32, in name order."""
    for path in sorted(folder.glob("*.safetensors")):
        with safe_open(path, "pt") as file:
            for name in sorted(file.keys()):
                yield name, file.get_tensor(name).float()


def merged_parameters(base: Path, adapter: LoraAdapter | None) -> Iterator[tuple[str, Tensor]]:
    """Base parameters by their transformers name, each with its LoRA update added."""
    for name, weight in iterate_base(base):
        factors = adapter.factors.get(name.removesuffix(".weight")) if adapter else None
        if adapter and factors:
            down, up = factors
            weight = torch.addmm(weight, up, down, alpha=adapter.scale)
        yield name, weight


class GgufNames:
    """Maps transformers names to GGUF names and puts q/k rows into llama.cpp's order."""

    def __init__(self, config: Any) -> None:
        self.config = config
        self.names = get_tensor_name_map(MODEL_ARCH.LLAMA, config.num_hidden_layers)

    def name(self, parameter: str) -> str | None:
        """`blk.0.attn_q.weight` for `model.layers.0.self_attn.q_proj.weight`; None for a tied output matrix."""
        if parameter == "lm_head.weight" and self.config.tie_word_embeddings:
            return None
        found = self.names.get_name(parameter, try_suffixes=(".weight",))
        if found is None:
            raise KeyError(f"no GGUF name for {parameter}")
        return found

    def reorder(self, gguf_name: str, weight: np.ndarray) -> np.ndarray:
        if ".attn_q." in gguf_name:
            return half_split_to_interleaved(weight, self.config.num_attention_heads)
        if ".attn_k." in gguf_name:
            return half_split_to_interleaved(weight, self.config.num_key_value_heads)
        return weight

    def restore_order(self, gguf_name: str, weight: np.ndarray) -> np.ndarray:
        """The inverse of `reorder`."""
        if ".attn_q." in gguf_name:
            return interleaved_to_half_split(weight, self.config.num_attention_heads)
        if ".attn_k." in gguf_name:
            return interleaved_to_half_split(weight, self.config.num_key_value_heads)
        return weight

    def tensors(self, parameters: Iterator[tuple[str, Tensor]]) -> Iterator[tuple[str, np.ndarray]]:
        for parameter, weight in parameters:
            name = self.name(parameter)
            if name is not None:
                yield name, np.ascontiguousarray(self.reorder(name, weight.numpy()))
