"""`FramePairer`: messages of several streams that were taken at the same time.

The rule that robot and bag share. As long as the slop is below half the period of every stream a
message has at most one partner per stream, so the pairs do not depend on the order in which the
streams arrive.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Generic, TypeVar

Item = TypeVar("Item")

JUMP_NS = 1_000_000_000
"""Time that runs back by more than this was set anew (a bag that loops), not delivered late."""


@dataclass(frozen=True, slots=True)
class PairingCounters:
    """What became of the messages.

    In every stream received = matched + unmatched + zero_stamp + those that still wait.
    """

    matched: int
    """Pairs."""
    resets: int
    """Jumps back in time; messages from after the new time were let go."""
    received: Mapping[str, int]
    """Messages of each stream."""
    unmatched: Mapping[str, int]
    """Let go without a partner."""
    out_of_order: Mapping[str, int]
    """Not later than their predecessor in the stream; these may still be matched."""
    zero_stamp: Mapping[str, int]
    """Refused: no stamp."""


class FramePairer(Generic[Item]):
    """Collects messages by stream until one of each lies within the slop of the first stream's.

    Not safe for threads: the caller holds a lock around `add`.

    Args:
        streams: names; the first is the reference that the others are matched to.
        slop_ns: largest difference of the stamps to the reference, inclusive.
        queue: messages kept for each stream; the oldest give way.
    """

    def __init__(self, streams: Sequence[str], slop_ns: int, queue: int) -> None:
        assert len(set(streams)) == len(streams) > 0, "streams have a name each"
        assert slop_ns >= 0, "the slop is a distance"
        assert queue >= 1, "a pair needs a message of each stream"
        self._reference, self._others = streams[0], tuple(streams[1:])
        self._slop_ns = slop_ns
        self._streams = {name: _Stream[Item](queue) for name in streams}
        self._matched = 0
        self._resets = 0

    def add(self, stream: str, stamp_ns: int, item: Item) -> dict[str, Item] | None:
        """Take a message; return the set that it completes, by stream, or None.

        Of several candidates the nearest to the reference is taken. What is older than a set that
        was returned can no longer be matched and is let go.
        """
        added = self._streams[stream]
        added.received += 1
        if stamp_ns <= 0:
            added.zero_stamp += 1
            return None
        if added.latest_ns - stamp_ns > JUMP_NS:
            self._reset(stamp_ns)
        if not added.insert(stamp_ns, item):
            return None
        for reference_ns in self._references(stream, stamp_ns):
            stamps_ns = self._partners(reference_ns)
            if stamps_ns is not None:
                self._matched += 1
                return {name: self._streams[name].take(at) for name, at in stamps_ns.items()}
        return None

    @property
    def counters(self) -> PairingCounters:
        """A copy of the counters."""
        return PairingCounters(
            matched=self._matched,
            resets=self._resets,
            received=self._each("received"),
            unmatched=self._each("unmatched"),
            out_of_order=self._each("out_of_order"),
            zero_stamp=self._each("zero_stamp"),
        )

    def _each(self, counter: str) -> Mapping[str, int]:
        counts = {name: int(getattr(stream, counter)) for name, stream in self._streams.items()}
        return MappingProxyType(counts)

    def _reset(self, now_ns: int) -> None:
        self._resets += 1
        for stream in self._streams.values():
            # Streams jump one after the other: what already came after the jump stays.
            stream.forget_after(now_ns + JUMP_NS)

    def _references(self, stream: str, stamp_ns: int) -> list[int]:
        """Return the references that a new message may complete, the nearest first."""
        if stream == self._reference:
            return [stamp_ns]
        near = self._streams[self._reference].within(stamp_ns, self._slop_ns)
        return sorted(near, key=lambda at: abs(at - stamp_ns))

    def _partners(self, reference_ns: int) -> dict[str, int] | None:
        """Return the stamp of each stream that belongs to a reference, if all are there."""
        stamps_ns = {self._reference: reference_ns}
        for name in self._others:
            near = self._streams[name].within(reference_ns, self._slop_ns)
            nearest = min(near, key=lambda at: abs(at - reference_ns), default=None)
            if nearest is None:
                return None
            stamps_ns[name] = nearest
        return stamps_ns


class _Stream(Generic[Item]):
    """The messages of one stream that wait for partners, and its counters."""

    def __init__(self, queue: int) -> None:
        self.received = 0
        self.unmatched = 0
        self.out_of_order = 0
        self.zero_stamp = 0
        self.latest_ns = 0
        self._queue = queue
        self._done_ns = 0
        """Stamp of the last message that was matched."""
        self._stamps_ns: list[int] = []
        self._items: dict[int, Item] = {}

    def insert(self, stamp_ns: int, item: Item) -> bool:
        """Let a message wait; say whether it does: neither a duplicate nor too late."""
        self.out_of_order += stamp_ns <= self.latest_ns
        self.latest_ns = max(self.latest_ns, stamp_ns)
        if stamp_ns <= self._done_ns or stamp_ns in self._items:
            self.unmatched += 1
            return False
        insort(self._stamps_ns, stamp_ns)
        self._items[stamp_ns] = item
        if len(self._stamps_ns) > self._queue:
            self._drop(0, 1)
        return stamp_ns in self._items

    def within(self, stamp_ns: int, slop_ns: int) -> list[int]:
        """Return the waiting stamps that differ by `slop_ns` at most, in order."""
        start = bisect_left(self._stamps_ns, stamp_ns - slop_ns)
        return self._stamps_ns[start : bisect_right(self._stamps_ns, stamp_ns + slop_ns)]

    def take(self, stamp_ns: int) -> Item:
        """Remove a message and let go of the older ones."""
        item = self._items[stamp_ns]
        self._drop(0, bisect_left(self._stamps_ns, stamp_ns))
        del self._items[self._stamps_ns.pop(0)]
        self._done_ns = stamp_ns
        return item

    def forget_after(self, stamp_ns: int) -> None:
        """Start anew after a jump back: let go of what is later than `stamp_ns`."""
        self._drop(bisect_right(self._stamps_ns, stamp_ns), len(self._stamps_ns))
        self.latest_ns = self._stamps_ns[-1] if self._stamps_ns else 0
        self._done_ns = 0

    def _drop(self, start: int, end: int) -> None:
        for stamp_ns in self._stamps_ns[start:end]:
            del self._items[stamp_ns]
        self.unmatched += end - start
        del self._stamps_ns[start:end]
