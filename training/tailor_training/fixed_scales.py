"""Q4_0 with scales taken from the base weights: one rounding for training, export and llama.cpp.

llama.cpp's Q4_0 stores, for 32 neighbours in a row, one float16 scale and 32 integers from -8 to 7. A model trained
while its weights are rounded this way loses nothing when the file is written. The scales are searched once, on the
base, so that rounding stays cheap during training and is the same at the export, whatever the adapter has become.
"""

import torch
from torch import Tensor

BLOCK = 32
LOWEST, HIGHEST = -8, 7
# Shrinking the scale clips the largest weight a little and serves the other 31 better.
CANDIDATES = (1.05, 1.0, 0.95, 0.9, 0.85, 0.8, 0.75)


# Rows searched at a time: small enough to stay in the processor's cache.
ROWS = 64


@torch.no_grad()
def search_scales(weight: Tensor) -> Tensor:
    """[out, in] → [out, in / 32]: each block's scale (a float16 value, either sign) of the least squared error."""
    return torch.cat([_search_rows(rows) for rows in weight.float().split(ROWS)])


def _search_rows(rows: Tensor) -> Tensor:
    blocks = rows.unflatten(1, (-1, BLOCK))
    extreme = blocks.gather(2, blocks.abs().argmax(2, keepdim=True))
    best = torch.zeros_like(extreme)
    least = torch.full_like(extreme, torch.inf)
    for candidate in CANDIDATES:
        for sign in (1.0, -1.0):
            scale = (extreme * (sign * candidate / LOWEST)).half().float()
            error = (round_blocks(blocks, scale) - blocks).square().sum(2, keepdim=True)
            better = error < least
            best = torch.where(better, scale, best)
            least = torch.where(better, error, least)
    return best.squeeze(2)


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
