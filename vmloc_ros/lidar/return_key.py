"""One integer for distance and number of a point: the least is that of the nearest.

The bits of a float32 that is not negative are ordered as it is. Among equally near points that of
the lowest number has the least key: the minimum does not depend on the order in which a device
comes to them.
"""

import numpy as np
import torch
from torch import Tensor

NOTHING = 2**63 - 1
"""Key of no point: more than any other."""
NUMBER = 2**32 - 1
"""Bits of a key that hold the number of the point; those above hold the distance."""


def return_keys(distance: Tensor, number: Tensor) -> Tensor:
    """Return the keys (B, n) int64 of points.

    Args:
        distance: (B, n) float32, contiguous, without a sign; not finite where a point does not
            count.
        number: (B, n) int64, below 2³².
    """
    return torch.add(number, distance.view(torch.int32).to(torch.int64), alpha=2**32)


def hit(keys: Tensor, farthest: float) -> Tensor:
    """Return which keys are of a point up to a distance, bool of the shape of the keys."""
    next_bits = int(np.float32(farthest).view(np.int32)) + 1
    return keys < next_bits << 32


def zero_unless(seen: Tensor, values: Tensor) -> Tensor:
    """Return float32 values, and 0 where `seen`, bool of their shape, is false.

    By their bits: on the CPU that takes a tenth of the time of torch.where, which branches.
    """
    bits = seen.to(torch.int32).neg_()  # all of them, or none
    return bits.bitwise_and_(values.view(torch.int32)).view(torch.float32)


def distance(keys: Tensor) -> Tensor:
    """Return the distance of the points, float32; what it is of a key not hit is open."""
    return (keys >> 32).to(torch.int32).view(torch.float32)


def number(keys: Tensor, size: int) -> Tensor:
    """Return the numbers of the points, int64, below `size`; open for a key not hit."""
    return (keys & NUMBER).clamp_(max=size - 1)
