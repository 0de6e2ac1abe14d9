"""Images without holes."""

import torch
import torch.nn.functional as F
from torch import Tensor

TINY = 1e-30
"""Instead of 0 in a denominator."""


def fill_holes(values: Tensor, weight: Tensor) -> Tensor:
    """Fill what has no weight from around: from blocks of 2, 4, 8 … pixels.

    A block counts as far as it weighs as much as what surrounds it; the rest comes from there. So
    a hole between light and heavy pixels takes its value from the heavy ones, and from near by if
    they are near. Blocks pass into each other without a step: no edge appears that is not there.

    Args:
        values: (B, C, h, w); what has no weight does not count, but must be finite.
        weight: (B, 1, h, w), not negative.

    Returns:
        (B, C, h, w): the values where there is weight; 0 where an image has none at all.
    """
    blocks = _blocks(values, weight)
    return torch.where(weight > 0.0, values, _enlarged(_surroundings(*blocks), values))


def _surroundings(values: Tensor, weight: Tensor) -> Tensor:
    """Return values (B, C, r, c) of blocks, in which those around take part."""
    if max(values.shape[-2:]) == 1:
        return values
    around, around_weight = _blocks(values, weight)
    share = (weight / _enlarged(around_weight, weight).clamp_min(TINY)).clamp_max(1.0)
    return torch.lerp(_enlarged(_surroundings(around, around_weight), values), values, share)


def _blocks(values: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """Return means and weights of blocks of 2 × 2 pixels."""
    mean_weight = F.avg_pool2d(weight, 2, ceil_mode=True)
    total = F.avg_pool2d(values * weight, 2, ceil_mode=True)
    return total / mean_weight.clamp_min(TINY), mean_weight


def _enlarged(blocks: Tensor, like: Tensor) -> Tensor:
    return F.interpolate(blocks, size=like.shape[-2:], mode="bilinear")
