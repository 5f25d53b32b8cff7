"""What quantising costs: the mean completion loss with the weights that llama.cpp will see."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from gguf import GGUFReader, dequantize

from tailor_training.data.rows import Row
from tailor_training.export.tensors import GgufNames, LoraAdapter


@dataclass(frozen=True)
class Drift:
    """Mean cross-entropy per completion token and its exponential."""

    loss: float
    perplexity: float
    rows: int


@torch.no_grad()
def measure_loss(model: Any, rows: Sequence[Row]) -> Drift:
    total = count = 0.0
    for row in rows:
        ids = torch.tensor([row.input_ids])
        hidden = model.model(input_ids=ids).last_hidden_state[0, row.prompt_length - 1 : -1]
        targets = ids[0, row.prompt_length :]
        total += float(F.cross_entropy(model.lm_head(hidden).float(), targets, reduction="sum"))
        count += len(targets)
    return Drift(total / count, math.exp(total / count), len(rows))


@torch.no_grad()
def load_gguf_weights(model: Any, path: Path) -> None:
    """Replaces the model's weights in place by those that llama.cpp would see in the file."""
    names = GgufNames(model.config)
    tensors = {tensor.name: tensor for tensor in GGUFReader(path).tensors}
    for parameter, weight in model.named_parameters():
        name = names.name(parameter)
        if name is not None:
            values = dequantize(tensors[name].data, tensors[name].tensor_type).astype(np.float32)
            weight.copy_(torch.from_numpy(names.restore_order(name, values.reshape(weight.shape))))


@torch.no_grad()
def add_adapter(model: Any, adapter: LoraAdapter) -> None:
    """Adds the update, rounded as the float16 adapter file holds it, to the model's weights in place."""
    for module, (down, up) in adapter.factors.items():
        weight = model.get_submodule(module).weight
        weight.addmm_(up.half().float(), down.half().float(), alpha=adapter.scale)
