"""`PeriodWindow`: how far apart the messages of one stream are, from their stamps."""

from collections import deque

LAST = 21
"""Differences remembered."""
FEWEST = 3
"""Differences below which the period is not known."""


class PeriodWindow:
    """The median of the last differences of stamps: a few lost messages do not change it."""

    def __init__(self) -> None:
        self._differences_ns: deque[int] = deque(maxlen=LAST)
        self._latest_ns = 0

    def add(self, stamp_ns: int) -> None:
        """Take note of a message; one that is not later than those before says nothing."""
        if stamp_ns <= self._latest_ns:
            return
        if self._latest_ns:
            self._differences_ns.append(stamp_ns - self._latest_ns)
        self._latest_ns = stamp_ns

    def clear(self) -> None:
        """Forget everything."""
        self._differences_ns.clear()
        self._latest_ns = 0

    @property
    def period_ns(self) -> int | None:
        """The lower median; None before `FEWEST` differences."""
        ordered = sorted(self._differences_ns)
        return ordered[(len(ordered) - 1) // 2] if len(ordered) >= FEWEST else None
