"""`FramePairer`: messages of several streams that were taken at the same time.

The rule that robot and bag share. As long as the slop is below half the period of every stream a
message has at most one partner per stream, so the pairs do not depend on the order in which the
streams arrive.
"""

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Generic, TypeVar

from vmloc_ros.pairing.pair_gaps import GapWindow, PairGaps
from vmloc_ros.pairing.pairing_counters import PairingCounters
from vmloc_ros.pairing.waiting_stream import WaitingStream

Item = TypeVar("Item")

JUMP_NS = 1_000_000_000
"""Time that runs back by more than this was set anew (a bag that loops), not delivered late."""


class FramePairer(Generic[Item]):
    """Collects messages by stream until one of each lies within the slop of the first stream's.

    Not safe for threads: the caller holds a lock around each call.

    Args:
        streams: names; the first is the reference that the others are matched to.
        slop_ns: largest difference of the stamps to the reference, inclusive; 0 for equal stamps.
        queue: messages kept for each stream; the oldest give way.
    """

    def __init__(self, streams: Sequence[str], slop_ns: int, queue: int) -> None:
        assert len(set(streams)) == len(streams) > 0, "streams have a name each"
        assert slop_ns >= 0, "the slop is a distance"
        assert queue >= 1, "a pair needs a message of each stream"
        self._slop_ns = slop_ns
        self._streams = {name: WaitingStream[Item](queue) for name in streams}
        self._expected = tuple(streams)
        self._window = GapWindow()
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
            # Streams jump one after the other: what already came after the jump stays.
            self.reset(stamp_ns + JUMP_NS)
        if not added.insert(stamp_ns, item, waits=stream in self._expected):
            return None
        for reference_ns in self._references(stream, stamp_ns):
            stamps_ns = self._partners(reference_ns)
            if stamps_ns is not None:
                return self._take(stamps_ns)
        return None

    def expect(self, streams: Collection[str]) -> None:
        """Form sets of these streams from now on; the messages of the others are let go.

        The first of them, in the order of the constructor, is the reference.
        """
        expected = tuple(name for name in self._streams if name in streams)
        assert len(expected) == len(streams) > 0, "expected streams are known"
        self._expected = expected
        for name in self._streams.keys() - streams:
            self._streams[name].clear()

    def reset(self, now_ns: int = 0) -> None:
        """Start anew after the clock was set back to `now_ns`: what is later came before that."""
        if all(stream.latest_ns <= now_ns for stream in self._streams.values()):
            return
        self._resets += 1
        self._window.clear()
        for stream in self._streams.values():
            stream.forget_after(now_ns)

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
            partial=self._each("partial"),
        )

    @property
    def gaps(self) -> PairGaps:
        """How far apart the stamps of the last sets were."""
        return self._window.gaps

    def _each(self, counter: str) -> Mapping[str, int]:
        counts = {name: int(getattr(stream, counter)) for name, stream in self._streams.items()}
        return MappingProxyType(counts)

    def _references(self, stream: str, stamp_ns: int) -> list[int]:
        """Return the references that a new message may complete, the nearest first.

        Where none is near enough it is the nearest of all, for the statistics.
        """
        if stream == self._expected[0]:
            return [stamp_ns]
        references = self._streams[self._expected[0]]
        near = references.within(stamp_ns, self._slop_ns) or references.nearest(stamp_ns)
        return sorted(near, key=lambda at: abs(at - stamp_ns))

    def _partners(self, reference_ns: int) -> dict[str, int] | None:
        """Return the stamp of each stream that belongs to a reference, if all are there."""
        stamps_ns: dict[str, int] = {}
        for name in self._expected:
            nearest = self._streams[name].nearest(reference_ns)
            if not nearest:
                return None
            stamps_ns[name] = nearest[0]
        gap_ns = max(abs(at - reference_ns) for at in stamps_ns.values())
        if gap_ns > self._slop_ns:
            self._window.miss(gap_ns)
            return None
        if len(stamps_ns) > 1:
            self._window.match(gap_ns)
        return stamps_ns

    def _take(self, stamps_ns: Mapping[str, int]) -> dict[str, Item]:
        is_full = len(stamps_ns) == len(self._streams)
        self._matched += is_full
        for name in stamps_ns:
            self._streams[name].partial += not is_full
        return {name: self._streams[name].take(at) for name, at in stamps_ns.items()}
