"""LoRA linear layers computed through merged weights: the same gradients as PEFT's, with fewer passes over memory.

PEFT computes x·Wᵀ + s·(x·Aᵀ)·Bᵀ, for each projection by itself. Here W + s·B·A is built once an optimizer step, the
projections that read the same input (q/k/v, gate/up) become one matrix product, and the backward pass derives the
gradients of A and B from the input and the output's gradient alone. A and B stay PEFT's own parameters.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from peft.tuners.lora import Linear as LoraLinear
from torch import Tensor

from tailor_training.fixed_scales import base_scales

ADAPTER = "default"


class _MergedProduct(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, scale: float, count: int, *factors: Tensor) -> Tensor:
        ctx.save_for_backward(x, weight, *factors)
        ctx.scale, ctx.count = scale, count
        return x @ weight.T

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        x, weight, *factors = ctx.saved_tensors
        downs, ups = factors[: ctx.count], factors[ctx.count :]
        grad = grad.contiguous()
        grad_x = grad @ weight if ctx.needs_input_grad[0] else None
        ranks = [down.shape[0] for down in downs]
        grad_parts = grad.split([up.shape[0] for up in ups], dim=1)
        hidden_parts = (x @ torch.cat(downs).T).mul_(ctx.scale).split(ranks, dim=1)
        back = torch.cat([part @ up for part, up in zip(grad_parts, ups, strict=True)], dim=1)
        grad_downs = (back.T @ x).mul_(ctx.scale).split(ranks)
        grad_ups = [part.T @ hidden for part, hidden in zip(grad_parts, hidden_parts, strict=True)]
        return (grad_x, None, None, None, *grad_downs, *grad_ups)


@dataclass
class MergedLinear:
    """Several LoRA projections of one input; `refresh()` must follow every change of the adapter.

    With `rounding`, the merged weights are rounded as Q4_0 will round them, and the gradients pass straight through.
    """

    layers: Sequence[LoraLinear]
    rounding: Callable[[Tensor, Tensor], Tensor] | None = None

    def __post_init__(self) -> None:
        self.base = [layer.get_base_layer().weight for layer in self.layers]
        self.downs = [layer.lora_A[ADAPTER].weight for layer in self.layers]
        self.ups = [layer.lora_B[ADAPTER].weight for layer in self.layers]
        self.scale = float(self.layers[0].scaling[ADAPTER])
        self.merged = torch.cat([weight.detach() for weight in self.base])
        self.scales = base_scales(self.merged) if self.rounding else None

    @torch.no_grad()
    def refresh(self) -> None:
        parts = self.merged.split([weight.shape[0] for weight in self.base])
        for part, weight, down, up in zip(parts, self.base, self.downs, self.ups, strict=True):
            torch.addmm(weight, up, down, alpha=self.scale, out=part)
        if self.rounding:
            self.merged.copy_(self.rounding(self.merged, self.scales))

    def __call__(self, x: Tensor) -> Tensor:
        """x: [tokens, in] → [tokens, sum of outs]."""
        return _MergedProduct.apply(x, self.merged, self.scale, len(self.layers), *self.downs, *self.ups)
