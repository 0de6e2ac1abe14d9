"""`WaitingStream`: the messages of one stream that wait for partners, and its counters."""

from bisect import bisect_left, bisect_right, insort
from typing import Generic, TypeVar

from vmloc_ros.pairing.moment import Moment
from vmloc_ros.pairing.period_window import PeriodWindow

Item = TypeVar("Item")


class WaitingStream(Generic[Item]):
    """Messages in the order of their stamps (ns), at most `queue` of them."""

    def __init__(self, queue: int) -> None:
        self.received = 0
        self.partial = 0
        self.unmatched = 0
        self.out_of_order = 0
        self.zero_stamp = 0
        self.latest_ns = 0
        self._queue = queue
        self._done_ns = 0
        """Stamp of the last message that was matched."""
        self._stamps_ns: list[int] = []
        self._items: dict[int, Item] = {}
        self._moments: dict[int, Moment] = {}
        self._window = PeriodWindow()

    @property
    def now(self) -> Moment:
        """The latest moment."""
        return Moment(self.latest_ns, self._window.period_ns)

    def insert(self, stamp_ns: int, item: Item, waits: bool = True) -> bool:
        """Let a message wait; say whether it does: neither a duplicate, nor late, nor unwanted."""
        self.out_of_order += stamp_ns <= self.latest_ns
        self.latest_ns = max(self.latest_ns, stamp_ns)
        self._window.add(stamp_ns)
        if not waits or stamp_ns <= self._done_ns or stamp_ns in self._items:
            self.unmatched += 1
            return False
        insort(self._stamps_ns, stamp_ns)
        self._items[stamp_ns] = item
        self._moments[stamp_ns] = Moment(stamp_ns, self._window.period_ns)
        if len(self._stamps_ns) > self._queue:
            self._drop(0, 1)
        return stamp_ns in self._items

    def within(self, stamp_ns: int, slop_ns: int) -> list[int]:
        """Return the waiting stamps that differ by `slop_ns` at most, in order."""
        start = bisect_left(self._stamps_ns, stamp_ns - slop_ns)
        return self._stamps_ns[start : bisect_right(self._stamps_ns, stamp_ns + slop_ns)]

    def nearest(self, stamp_ns: int) -> list[int]:
        """Return the waiting stamp nearest to a time, the earlier of two; empty if none waits."""
        at = bisect_left(self._stamps_ns, stamp_ns)
        neighbours = self._stamps_ns[max(0, at - 1) : at + 1]
        return sorted(neighbours, key=lambda other: abs(other - stamp_ns))[:1]

    def moments(self) -> list[Moment]:
        """Return when the waiting messages were taken, in order."""
        return [self._moments[stamp_ns] for stamp_ns in self._stamps_ns]

    def take(self, stamp_ns: int) -> Item:
        """Remove a message and let go of the older ones."""
        item = self._items[stamp_ns]
        self._drop(0, bisect_left(self._stamps_ns, stamp_ns))
        self._remove(0, 1)
        self._done_ns = stamp_ns
        return item

    def forget_after(self, stamp_ns: int) -> None:
        """Start anew after a jump back: let go of what is later than `stamp_ns`."""
        if self.latest_ns > stamp_ns:
            self._window.clear()
        self._drop(bisect_right(self._stamps_ns, stamp_ns), len(self._stamps_ns))
        self.latest_ns = self._stamps_ns[-1] if self._stamps_ns else 0
        self._done_ns = 0

    def clear(self) -> None:
        """Let go of everything that waits."""
        self._drop(0, len(self._stamps_ns))

    def _drop(self, start: int, end: int) -> None:
        self.unmatched += end - start
        self._remove(start, end)

    def _remove(self, start: int, end: int) -> None:
        for stamp_ns in self._stamps_ns[start:end]:
            del self._items[stamp_ns], self._moments[stamp_ns]
        del self._stamps_ns[start:end]
