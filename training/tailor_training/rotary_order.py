"""The row order of q_proj and k_proj.

transformers keeps the two rows of a rotary pair half a head apart ("half-split"), llama.cpp side by side
("interleaved").
"""

import numpy as np


def half_split_to_interleaved(weight: np.ndarray, heads: int) -> np.ndarray:
    """In a head of size d, new row 2i+j is old row j·d/2+i. Also right for the lora_B of q_proj and k_proj."""
    size = weight.shape[0] // heads
    return weight.reshape(heads, 2, size // 2, *weight.shape[1:]).swapaxes(1, 2).reshape(weight.shape)


def interleaved_to_half_split(weight: np.ndarray, heads: int) -> np.ndarray:
    """The inverse."""
    size = weight.shape[0] // heads
    return weight.reshape(heads, size // 2, 2, *weight.shape[1:]).swapaxes(1, 2).reshape(weight.shape)
