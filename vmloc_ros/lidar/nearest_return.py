"""The z-buffer of both projections: which point a cell of the picture shows."""

import torch
from torch import Tensor

NOTHING = 2**63 - 1
"""Key of a cell that no point has reached: more than any other."""
INDEX = 2**32 - 1
"""Bits of a key that hold the number of the point."""


def nearest_returns(cells: Tensor, distance: Tensor, seen: Tensor, count: int) -> Tensor:
    """Find the nearest point of each cell; among equally near ones the first.

    The float32 bits of the distance and the number of the point make one integer, whose minimum
    does not depend on the order in which a device comes to the points.

    Args:
        cells: (N,) int64, the cell of each point, 0 to count − 1, of unseen points too.
        distance: (N,) float32, contiguous, not negative where seen.
        seen: (N,) bool, whether a point counts.
        count: number of cells.

    Returns:
        (count,) int64, number of the nearest point, −1 where there is none.
    """
    numbers = torch.arange(len(cells), device=cells.device)
    keys = (distance.view(torch.int32).to(torch.int64) << 32).bitwise_or_(numbers)
    keys = torch.where(seen, keys, NOTHING)
    nearest = torch.full((count,), NOTHING, device=cells.device)
    nearest.scatter_reduce_(0, cells, keys, "amin")
    return torch.where(nearest == NOTHING, -1, nearest & INDEX)
