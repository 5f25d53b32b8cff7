"""Which tensor gets which type, and the numpy quantisers of PyPI `gguf`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import gguf
import numpy as np
import torch
from gguf import GGMLQuantizationType, LlamaFileType

from tailor_training.fixed_scales import base_scales, pack_q4_0

NUMPY_TYPES = ("F32", "F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0")
FILE_TYPES = {
    "F32": LlamaFileType.ALL_F32,
    "F16": LlamaFileType.MOSTLY_F16,
    "BF16": LlamaFileType.MOSTLY_BF16,
    "Q4_0": LlamaFileType.MOSTLY_Q4_0,
    "Q4_1": LlamaFileType.MOSTLY_Q4_1,
    "Q5_0": LlamaFileType.MOSTLY_Q5_0,
    "Q5_1": LlamaFileType.MOSTLY_Q5_1,
    "Q8_0": LlamaFileType.MOSTLY_Q8_0,
}


@dataclass(frozen=True)
class QuantPlan:
    """`default` for every matrix, except where a pattern of `overrides` (regular expression on the GGUF name, first
    match wins) says otherwise; vectors stay F32."""

    default: str
    overrides: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in (self.default, *self.overrides.values()):
            if name not in NUMPY_TYPES:
                raise ValueError(f"{name} is none of {', '.join(NUMPY_TYPES)}")

    def type_of(self, name: str, shape: tuple[int, ...]) -> GGMLQuantizationType:
        if len(shape) < 2:
            return GGMLQuantizationType.F32
        chosen = next((kind for pattern, kind in self.overrides.items() if re.search(pattern, name)), self.default)
        kind = GGMLQuantizationType[chosen]
        block = gguf.GGML_QUANT_SIZES[kind][0]
        # Rows that the block size does not divide cannot be quantised; they are small in every model we know.
        return kind if shape[-1] % block == 0 else GGMLQuantizationType.F16

    @property
    def file_type(self) -> LlamaFileType:
        return FILE_TYPES[self.default]


class Quantiser:
    """Float32 values → the bytes (or floats) of a GGUF tensor; llama.cpp's plain rounding."""

    def pack(self, name: str, weight: np.ndarray, kind: GGMLQuantizationType) -> np.ndarray:
        return gguf.quantize(weight.astype(np.float32), kind)


class FixedScaleQuantiser(Quantiser):
    """Q4_0 with the scales of the base weights, for models trained with `train_rounded: Q4_0`.

    `base_tensors` are the base's, under GGUF names and in llama.cpp's row order.
    """

    def __init__(self, base_tensors: Iterator[tuple[str, np.ndarray]]) -> None:
        self.scales = {
            name: base_scales(torch.from_numpy(w))
            for name, w in base_tensors
            if ".attn_" in name or ".ffn_" in name
            if w.ndim == 2
        }

    def pack(self, name: str, weight: np.ndarray, kind: GGMLQuantizationType) -> np.ndarray:
        if kind != GGMLQuantizationType.Q4_0 or name not in self.scales:
            return super().pack(name, weight, kind)
        return pack_q4_0(torch.from_numpy(weight), self.scales[name]).numpy()
