"""`PairGaps`: how far apart the stamps are that do and that do not form pairs."""

from collections import deque
from collections.abc import Collection
from dataclasses import dataclass

LAST = 100
"""Differences remembered of each kind."""
PERCENT = 95


@dataclass(frozen=True, slots=True)
class PairGaps:
    """Differences of stamps, nanoseconds, over the last sets; None where there are none."""

    p95_ns: int | None
    """95th percentile between the cameras of the sets that were formed."""
    nearest_ns: int | None
    """Smallest one of the sets that were not formed because their stamps differ too much."""
    sweep_p95_ns: int | None = None
    """95th percentile between image and sweep of the sets that were formed."""


class GapWindow:
    """Remembers the last differences of both kinds."""

    def __init__(self) -> None:
        self._matched_ns: deque[int] = deque(maxlen=LAST)
        self._missed_ns: deque[int] = deque(maxlen=LAST)
        self._sweeps_ns: deque[int] = deque(maxlen=LAST)

    def match(self, gap_ns: int) -> None:
        """Take note of cameras that form a set."""
        self._matched_ns.append(gap_ns)

    def match_sweep(self, gap_ns: int) -> None:
        """Take note of an image and a sweep that form a set."""
        self._sweeps_ns.append(gap_ns)

    def miss(self, gap_ns: int) -> None:
        """Take note of a set whose stamps differ too much."""
        self._missed_ns.append(gap_ns)

    def clear(self) -> None:
        """Forget everything."""
        self._matched_ns.clear()
        self._missed_ns.clear()
        self._sweeps_ns.clear()

    @property
    def gaps(self) -> PairGaps:
        """The differences as they stand."""
        return PairGaps(
            p95_ns=_percentile(self._matched_ns),
            nearest_ns=min(self._missed_ns, default=None),
            sweep_p95_ns=_percentile(self._sweeps_ns),
        )


def _percentile(gaps_ns: Collection[int]) -> int | None:
    """Return the smallest that 95 % do not exceed."""
    rank = -(-PERCENT * len(gaps_ns) // 100)
    return sorted(gaps_ns)[rank - 1] if gaps_ns else None
