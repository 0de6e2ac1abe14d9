"""Which point each cell of a picture shows: the nearest."""

from collections.abc import Iterator

import torch
from torch import Tensor

CORE = 2**15
"""Elements that torch gives to one core. Small steps wait for no other thread, which costs many
times the work itself where the cores are busy, and leave the other cores to others. (sqrt, atan and
their like, but not rsqrt and atan2, are shared out from 2048 elements on: they are not used.)"""


def step(device: torch.device) -> int:
    """Return how many elements are best worked on at a time."""
    return CORE if device.type == "cpu" else 2**31


def portions(batch: int, size: int, device: torch.device) -> Iterator[tuple[slice, Tensor]]:
    """Cut batches (B, N) of points: which of the N, and their numbers (B, n) among all B·N."""
    stride = max(1, step(device) // batch)
    for first in range(0, size, stride):
        part = slice(first, min(first + stride, size))
        numbers = torch.arange(part.start, part.stop, device=device)[None]
        if batch > 1:
            numbers = numbers + torch.arange(batch, device=device)[:, None] * size
        yield part, numbers


class ZBuffer:
    """Keeps the least key of each cell: a distance, or one with the number of its point.

    Round each picture is a rim of one cell, which catches the points that are out of view.

    Shapes: B pictures of R rows and C columns, n points each at a time.
    """

    def __init__(self, batch: int, rows: int, columns: int, nothing: Tensor) -> None:
        """Make pictures of cells that all have the key `nothing`, on its device."""
        self._rows, self._columns = rows + 2, columns + 2  # with the rim
        self._size = self._rows * self._columns
        self._keys = nothing.new_empty(batch * self._size)
        for part in self._keys.split(step(nothing.device)):
            part.copy_(nothing)

    def add(self, row: Tensor, column: Tensor, keys: Tensor) -> None:
        """Let points fall into the cells where they are.

        Args:
            row: (B, n) float32, in cells from the upper edge of the rim.
            column: (B, n) float32, in cells from the left edge of the rim.
            keys: (B, n), contiguous.
        """
        self._keys.scatter_reduce_(0, self._cells(row, column).view(-1), keys.view(-1), "amin")

    def strips(self) -> Iterator[tuple[slice, Tensor]]:
        """Cut the pictures without their rims, B·R rows of C cells, into strips.

        Yields:
            Which rows, and the keys (r, C) of their cells.
        """
        pictures = self._keys.view(-1, self._rows, self._columns)
        keys = pictures[:, 1:-1, 1:-1].flatten(0, 1)
        height = max(1, step(keys.device) // self._columns)
        for first in range(0, len(keys), height):
            rows = slice(first, first + height)
            yield rows, keys[rows]

    def _cells(self, row: Tensor, column: Tensor) -> Tensor:
        """Number the cells (B, n); a place that is no number becomes a cell of the rim."""
        row = row.to(torch.int32).clamp_(0, self._rows - 1)
        column = column.to(torch.int32).clamp_(0, self._columns - 1)
        cells = column.add_(row, alpha=self._columns).to(torch.int64)
        if len(cells) > 1:
            cells += torch.arange(len(cells), device=cells.device)[:, None] * self._size
        return cells
