"""`PeriodWindow`: how far apart the messages of one stream are, from their stamps."""

from bisect import bisect_right
from collections import deque

LAST = 100
"""Differences remembered."""
FEWEST = 3
"""Differences below which the period is not known."""


SHORT = 10
"""One difference in this many at least lies between messages that follow each other."""
SINGLE = 1.5
"""What is longer than this many short ones has lost messages in it."""


class PeriodWindow:
    """The median of the last differences of stamps between which no message was lost.

    A machine that is too busy may lose most of the messages, and what is left must not pass for a
    slow sensor: its messages would be paired across the gaps.
    """

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
        if len(ordered) < FEWEST:
            return None
        longest_ns = SINGLE * ordered[len(ordered) // SHORT]
        singles = bisect_right(ordered, longest_ns)
        return ordered[(singles - 1) // 2]
