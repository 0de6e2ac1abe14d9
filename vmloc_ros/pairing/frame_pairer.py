"""`FramePairer`: messages of several streams that were taken at the same time.

The rule that robot and bag share. As long as the slop is below half the period of every camera a
message has at most one partner per camera, so the pairs do not depend on the order in which the
cameras arrive. A lidar has a rule of its own, see `sweeps`.
"""

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Generic, TypeVar

from vmloc_ros.pairing.moment import Moment
from vmloc_ros.pairing.pair_gaps import GapWindow, PairGaps
from vmloc_ros.pairing.pairing_counters import PairingCounters
from vmloc_ros.pairing.sweeps import SWEPT, first_pair, reach_ns
from vmloc_ros.pairing.waiting_stream import WaitingStream

Item = TypeVar("Item")

JUMP_NS = 1_000_000_000
"""Time that runs back by more than this was set anew (a bag that loops), not delivered late."""


class FramePairer(Generic[Item]):
    """Collects messages by stream until one of each lies near enough to the first stream's.

    Not safe for threads: the caller holds a lock around each call.

    Args:
        streams: names; the first is the reference that the others are matched to. "lidar" comes
            last.
        slop_ns: largest difference of the stamps to the reference, inclusive; 0 for equal stamps.
            That of a sweep follows from the periods, see `sweeps`.
        queue: messages kept for each stream; the oldest give way.
    """

    def __init__(self, streams: Sequence[str], slop_ns: int, queue: int) -> None:
        assert len(set(streams)) == len(streams) > 0, "streams have a name each"
        assert SWEPT not in streams[:-1], "a sweep is matched to an image"
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

        Of several images that belong to the reference the nearest is taken. What is older than a
        set that was returned can no longer be matched and is let go.
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
        stamps_ns = self._find_swept() if self._has_sweeps else self._find(stream, stamp_ns)
        if stamps_ns is None:
            self._note_miss(stamp_ns)
            return None
        return self._take(stamps_ns)

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

    @property
    def sweep_reach_ns(self) -> int | None:
        """How far a sweep may be from its image by the periods as they stand; None without one."""
        if not self._has_sweeps:
            return None
        image, sweep = (self._streams[name].now for name in (self._expected[0], SWEPT))
        return reach_ns(sweep, image, self._slop_ns)

    @property
    def _has_sweeps(self) -> bool:
        return SWEPT in self._expected[1:]

    def _each(self, counter: str) -> Mapping[str, int]:
        counts = {name: int(getattr(stream, counter)) for name, stream in self._streams.items()}
        return MappingProxyType(counts)

    def _find(self, stream: str, stamp_ns: int) -> dict[str, int] | None:
        """Return the stamps of the cameras' set that a new message completes."""
        for reference_ns in self._references(stream, stamp_ns):
            stamps_ns = self._cameras(reference_ns, self._expected)
            if stamps_ns is not None:
                return stamps_ns
        return None

    def _find_swept(self) -> dict[str, int] | None:
        """Return the stamps of the first complete set of cameras that has a sweep, with it."""
        first, sweeps = self._streams[self._expected[0]], self._streams[SWEPT]
        sets: dict[Moment, dict[str, int]] = {}
        for moment in first.moments():
            stamps_ns = self._cameras(moment.stamp_ns, self._expected[:-1])
            if stamps_ns is not None:
                sets[moment] = stamps_ns
        found = first_pair(list(sets), sweeps.moments(), self._slop_ns)
        return found and sets[found[0]] | {SWEPT: found[1].stamp_ns}

    def _references(self, stream: str, stamp_ns: int) -> list[int]:
        """Return the references that a new message may complete, the nearest first."""
        if stream == self._expected[0]:
            return [stamp_ns]
        near = self._streams[self._expected[0]].within(stamp_ns, self._slop_ns)
        return sorted(near, key=lambda at: abs(at - stamp_ns))

    def _cameras(self, reference_ns: int, names: Sequence[str]) -> dict[str, int] | None:
        """Return the stamp of each of these streams that belongs to a reference, if all do."""
        stamps_ns = self._nearest(reference_ns, names)
        is_near = stamps_ns is not None and _gap_ns(stamps_ns, reference_ns) <= self._slop_ns
        return stamps_ns if is_near else None

    def _nearest(self, reference_ns: int, names: Sequence[str]) -> dict[str, int] | None:
        """Return the stamp of each stream that is nearest to a reference, if none is empty."""
        found = {name: self._streams[name].nearest(reference_ns) for name in names}
        return {name: at[0] for name, at in found.items()} if all(found.values()) else None

    def _take(self, stamps_ns: dict[str, int]) -> dict[str, Item]:
        is_full = len(stamps_ns) == len(self._streams)
        self._matched += is_full
        for name in stamps_ns:
            self._streams[name].partial += not is_full
        self._note_match(stamps_ns)
        return {name: self._streams[name].take(at) for name, at in stamps_ns.items()}

    def _note_match(self, stamps_ns: Mapping[str, int]) -> None:
        reference_ns = stamps_ns[self._expected[0]]
        cameras = {name: at for name, at in stamps_ns.items() if name != SWEPT}
        if len(cameras) > 1:
            self._window.match(_gap_ns(cameras, reference_ns))
        if self._has_sweeps:
            self._window.match_sweep(abs(stamps_ns[SWEPT] - reference_ns))

    def _note_miss(self, stamp_ns: int) -> None:
        """Remember how far apart the streams are about a message that completed nothing."""
        for reference_ns in self._streams[self._expected[0]].nearest(stamp_ns):
            stamps_ns = self._nearest(reference_ns, self._expected)
            if stamps_ns is not None:
                self._window.miss(_gap_ns(stamps_ns, reference_ns))


def _gap_ns(stamps_ns: Mapping[str, int], reference_ns: int) -> int:
    """Return the largest difference to a reference."""
    return max(abs(at - reference_ns) for at in stamps_ns.values())
