"""`PairGaps`: how far apart the stamps are that do and that do not form pairs."""

from collections import deque
from dataclasses import dataclass

LAST = 100
"""Differences remembered of each kind."""
PERCENT = 95


@dataclass(frozen=True, slots=True)
class PairGaps:
    """Differences of stamps, nanoseconds, over the last sets; None where there are none."""

    p95_ns: int | None
    """95th percentile within the sets that were formed, those of one stream aside."""
    nearest_ns: int | None
    """Smallest one of the sets that were not formed because their stamps differ too much."""


class GapWindow:
    """Remembers the last differences of both kinds."""

    def __init__(self) -> None:
        self._matched_ns: deque[int] = deque(maxlen=LAST)
        self._missed_ns: deque[int] = deque(maxlen=LAST)

    def match(self, gap_ns: int) -> None:
        """Take note of a set that was formed."""
        self._matched_ns.append(gap_ns)

    def miss(self, gap_ns: int) -> None:
        """Take note of a set whose stamps differ too much."""
        self._missed_ns.append(gap_ns)

    def clear(self) -> None:
        """Forget everything."""
        self._matched_ns.clear()
        self._missed_ns.clear()

    @property
    def gaps(self) -> PairGaps:
        """The differences as they stand."""
        ordered = sorted(self._matched_ns)
        rank = -(-PERCENT * len(ordered) // 100)  # the smallest that 95 % do not exceed
        return PairGaps(
            p95_ns=ordered[rank - 1] if ordered else None,
            nearest_ns=min(self._missed_ns, default=None),
        )
