"""`Trail`: the way that a body has come."""

from collections import deque

import numpy as np

from vmloc_ros.pose import Array

GAP_NS = 1_000_000_000
"""A longer pause, or time that runs back by more than this, is a cut."""


class Trail:
    """The last positions, as lines that are cut where time jumps."""

    def __init__(self, length: int) -> None:
        self._points: deque[tuple[int, Array]] = deque(maxlen=length)

    def add(self, stamp_ns: int, position: Array) -> None:
        """Append a position (3,); time that jumps back begins a new trail."""
        if self._points and stamp_ns < self._points[-1][0] - GAP_NS:
            self._points.clear()
        self._points.append((stamp_ns, position))

    def lines(self) -> list[Array]:
        """Return the pieces without a cut, (N, 3) each; a single point is no line."""
        pieces: list[list[Array]] = []
        last_ns: int | None = None
        for stamp_ns, position in self._points:
            if last_ns is None or stamp_ns - last_ns > GAP_NS:
                pieces.append([])
            pieces[-1].append(position)
            last_ns = stamp_ns
        return [np.array(piece) for piece in pieces if len(piece) > 1]
