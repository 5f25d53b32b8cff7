"""A training forward pass for a PEFT-wrapped Llama that does no work twice and none on padding.

The rows of a batch lie one behind the other in one list of tokens. The tokens that all rows begin with (the system
message) are there once; every row attends to them. Gradients are exact: they flow into the shared tokens from all rows.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from peft import PeftModel
from torch import Tensor

from tailor_training.data.rows import Row
from tailor_training.fixed_scales import round_weight
from tailor_training.train.merged_linear import MergedLinear


@dataclass(frozen=True)
class PackedBatch:
    """`ids` and `positions`: [tokens]; the first `shared` tokens are every row's, then come `lengths[i]` of row i.

    `targets[j]` is the id that the hidden state at token index `predicted_at[j]` should predict.
    """

    ids: Tensor
    positions: Tensor
    shared: int
    lengths: list[int]
    predicted_at: Tensor
    targets: Tensor
    source_tokens: int


def common_prefix(rows: Sequence[Row]) -> int:
    """Length of the token prefix that all prompts share."""
    shortest = min(row.prompt_length for row in rows) - 1
    first = rows[0].input_ids
    for index in range(shortest):
        if any(row.input_ids[index] != first[index] for row in rows):
            return index
    return shortest


def pack(rows: Sequence[Row]) -> PackedBatch:
    """Lays rows one behind the other, their common prefix once."""
    shared = common_prefix(rows)
    ids = list(rows[0].input_ids[:shared])
    positions = list(range(shared))
    predicted_at: list[int] = []
    targets: list[int] = []
    for row in rows:
        start = len(ids) - shared
        predicted_at.extend(start + at - 1 for at in range(row.prompt_length, len(row.input_ids)))
        targets.extend(row.input_ids[row.prompt_length :])
        ids.extend(row.input_ids[shared:])
        positions.extend(range(shared, len(row.input_ids)))
    return PackedBatch(
        ids=torch.tensor(ids),
        positions=torch.tensor(positions),
        shared=shared,
        lengths=[len(row.input_ids) - shared for row in rows],
        predicted_at=torch.tensor(predicted_at),
        targets=torch.tensor(targets),
        source_tokens=sum(len(row.input_ids) for row in rows),
    )


def _rms_norm(x: Tensor, weight: Tensor, eps: float) -> Tensor:
    return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + eps) * weight


def _swiglu(gate_up: Tensor) -> Tensor:
    gate, up = gate_up.chunk(2, dim=-1)
    return F.silu(gate) * up


def _rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """x: [tokens, heads, size]; cos, sin: [tokens, 1, size / 2]."""
    left, right = x.chunk(2, dim=-1)
    return torch.cat((left * cos - right * sin, right * cos + left * sin), dim=-1)


class PackedLlama:
    """Computes the completion loss of a packed batch with the weights of `model` (Llama, LoRA on all linear layers)."""

    def __init__(self, model: PeftModel, *, compile_kernels: bool, round_to_q4_0: bool = False) -> None:
        causal = model.get_base_model()
        self.body, self.head, self.config = causal.model, causal.lm_head, causal.config
        wrap = torch.compile(dynamic=True) if compile_kernels else _unchanged
        rounding = wrap(round_weight) if round_to_q4_0 else None
        self.layers = [_Layer(layer, causal.config, rounding) for layer in self.body.layers]
        self.kernels = _Kernels(wrap(_rms_norm), wrap(_swiglu), wrap(_rotate))

    def refresh(self) -> None:
        """Rebuilds the merged weights; call it after every optimizer step."""
        for layer in self.layers:
            for linear in layer.linears:
                linear.refresh()

    def loss(self, batch: PackedBatch) -> Tensor:
        """Mean cross-entropy over the completion tokens of the batch."""
        hidden = self._hidden(batch)[batch.predicted_at]
        return F.cross_entropy(self.head(hidden).float(), batch.targets)

    def _hidden(self, batch: PackedBatch) -> Tensor:
        x = self.body.embed_tokens(batch.ids)
        cos, sin = self.body.rotary_emb(x[None], batch.positions[None])
        half = cos.shape[-1] // 2
        rotation = cos[0, :, None, :half].contiguous(), sin[0, :, None, :half].contiguous()
        for layer in self.layers:
            x = layer(x, rotation, batch, self.kernels)
        return self.kernels.rms_norm(x, self.body.norm.weight, self.config.rms_norm_eps)


def _unchanged(function: Callable) -> Callable:
    return function


@dataclass(frozen=True)
class _Kernels:
    rms_norm: Callable
    swiglu: Callable
    rotate: Callable


class _Layer:
    def __init__(self, layer: torch.nn.Module, config: Any, rounding: Callable | None) -> None:
        attention, mlp = layer.self_attn, layer.mlp
        self.heads, self.kv_heads = config.num_attention_heads, config.num_key_value_heads
        self.size, self.eps = attention.head_dim, config.rms_norm_eps
        self.norm_in, self.norm_out = layer.input_layernorm.weight, layer.post_attention_layernorm.weight
        self.qkv = MergedLinear([attention.q_proj, attention.k_proj, attention.v_proj], rounding)
        self.out = MergedLinear([attention.o_proj], rounding)
        self.gate_up = MergedLinear([mlp.gate_proj, mlp.up_proj], rounding)
        self.down = MergedLinear([mlp.down_proj], rounding)
        self.linears = (self.qkv, self.out, self.gate_up, self.down)

    def __call__(self, x: Tensor, rotation: tuple[Tensor, Tensor], batch: PackedBatch, kernels: _Kernels) -> Tensor:
        qkv = self.qkv(kernels.rms_norm(x, self.norm_in, self.eps)).view(x.shape[0], -1, self.size)
        rotated = kernels.rotate(qkv[:, : self.heads + self.kv_heads], *rotation)
        q, k = rotated.split([self.heads, self.kv_heads], dim=1)
        x = x + self.out(self._attend(q, k, qkv[:, self.heads + self.kv_heads :], batch).flatten(1))
        return x + self.down(kernels.swiglu(self.gate_up(kernels.rms_norm(x, self.norm_out, self.eps))))

    def _attend(self, q: Tensor, k: Tensor, v: Tensor, batch: PackedBatch) -> Tensor:
        """q: [tokens, heads, size] → the same shape; each row sees the shared tokens and its own earlier ones."""
        parts = []
        sections = [tensor.split([batch.shared, *batch.lengths]) for tensor in (q, k, v)]
        for index in range(1, len(batch.lengths) + 1):
            row = [torch.cat((section[0], section[index])).transpose(0, 1)[None] for section in sections]
            attended = F.scaled_dot_product_attention(*row, is_causal=True, enable_gqa=True)[0].transpose(0, 1)
            if index == 1:
                parts.append(attended[: batch.shared])
            parts.append(attended[batch.shared :])
        return torch.cat(parts)
