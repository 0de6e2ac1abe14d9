"""Which point each cell of a picture shows: the nearest."""

from collections.abc import Iterator

import torch
from torch import Tensor

NOTHING = 2**63 - 1
"""Key of a cell that no point has reached: more than any other."""
NUMBER = 2**32 - 1
"""Bits of a key that hold the number of the point."""
CORE = 2**15
"""Elements that torch gives to one core. Small steps wait for no other thread, which costs ten
times the work itself where the cores are busy, and leave the other cores to others."""


def step(device: torch.device) -> int:
    """Return how many elements are best worked on at a time."""
    return CORE if device.type == "cpu" else 2**31


def portions(batch: int, size: int, device: torch.device) -> Iterator[tuple[slice, Tensor]]:
    """Cut batches (B, N) of points: which of the N, and their numbers (B, n) among all B·N."""
    first_numbers = torch.arange(batch, device=device)[:, None] * size
    stride = max(1, step(device) // batch)
    for first in range(0, size, stride):
        part = slice(first, min(first + stride, size))
        yield part, first_numbers + torch.arange(part.start, part.stop, device=device)


class ZBuffer:
    """Keeps the nearest point of each cell; among equally near ones that of the lowest number.

    The bits of the distance and the number of the point make one integer, whose minimum does not
    depend on the order in which a device comes to the points. Round each picture is a rim of one
    cell, which catches the points that are out of view.

    Shapes: B pictures of R rows and C columns, n points each at a time.
    """

    def __init__(self, batch: int, rows: int, columns: int, device: torch.device) -> None:
        self._rows, self._columns = rows + 2, columns + 2  # with the rim
        self._size = self._rows * self._columns
        self._keys = torch.full((batch * self._size,), NOTHING, device=device)

    def add(
        self, row: Tensor, column: Tensor, distance: Tensor, seen: Tensor, number: Tensor
    ) -> None:
        """Let points fall into the cells where they are.

        Args:
            row: (B, n) float32, in cells from the upper edge of the rim; changed.
            column: (B, n) float32, in cells from the left edge of the rim; changed.
            distance: (B, n) float32, contiguous, not negative where seen.
            seen: (B, n) bool, whether a point counts.
            number: (B, n) int64, below 2³².
        """
        keys = (distance.view(torch.int32).to(torch.int64) << 32).bitwise_or_(number)
        keys = torch.where(seen, keys, NOTHING)
        self._keys.scatter_reduce_(0, self._cells(row, column).view(-1), keys.view(-1), "amin")

    def keys(self) -> Tensor:
        """Return the pictures without their rims, (B, R, C) int64: the key of each cell."""
        return self._keys.view(-1, self._rows, self._columns)[:, 1:-1, 1:-1]

    def _cells(self, row: Tensor, column: Tensor) -> Tensor:
        """Number the cells (B, n); a place that is no number becomes a cell of the rim."""
        row = row.to(torch.int32).clamp_(0, self._rows - 1)
        column = column.to(torch.int32).clamp_(0, self._columns - 1)
        cells = row.mul_(self._columns).add_(column).to(torch.int64)
        if len(cells) > 1:
            cells += torch.arange(len(cells), device=cells.device)[:, None] * self._size
        return cells


def hit(keys: Tensor) -> Tensor:
    """Return which cells show a point, bool of the shape of the keys."""
    return keys != NOTHING


def distance(keys: Tensor) -> Tensor:
    """Return the distance of the points shown, float32; NaN where there is none."""
    return (keys >> 32).to(torch.int32).view(torch.float32)


def number(keys: Tensor) -> Tensor:
    """Return the numbers of the points shown, int64; 0 where there is none."""
    return torch.where(hit(keys), keys & NUMBER, 0)
