"""`Moments`: which messages of several topics belong to one moment."""

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")

QUEUE = 15
"""Messages kept per stream: half a second of a fast camera."""
ALIVE_NS = 1_000_000_000
"""A stream whose last message is older is not waited for."""


class Moments(Generic[Item]):
    """Keeps the last messages of each stream until all that belong together are there.

    Unlike the node's pairing it waits for no stream that is silent: who watches wants to see what
    there is. A moment is complete when every stream that is alive has a message of it.
    """

    def __init__(self, streams: Sequence[str], slop_ns: int) -> None:
        self._slop_ns = slop_ns
        self._streams = {name: deque[tuple[int, Item]](maxlen=QUEUE) for name in streams}

    def add(self, stream: str, stamp_ns: int, item: Item) -> Mapping[str, Item] | None:
        """Keep a message; return the moment of its stamp if that is complete."""
        kept = self._streams[stream]
        if kept and stamp_ns < kept[-1][0] - ALIVE_NS:  # time jumped back: a bag that loops
            self.clear()
        kept.append((stamp_ns, item))
        found = {name: self._nearest(name, stamp_ns) for name in self._streams}
        missing = [name for name, there in found.items() if there is None]
        if any(self._is_alive(name, stamp_ns) for name in missing):
            return None
        return {name: there for name, there in found.items() if there is not None}

    def clear(self) -> None:
        """Forget all messages."""
        for kept in self._streams.values():
            kept.clear()

    def _nearest(self, stream: str, stamp_ns: int) -> Item | None:
        kept = self._streams[stream]
        if not kept:
            return None
        at_ns, item = min(kept, key=lambda entry: abs(entry[0] - stamp_ns))
        return item if abs(at_ns - stamp_ns) <= self._slop_ns else None

    def _is_alive(self, stream: str, stamp_ns: int) -> bool:
        kept = self._streams[stream]
        return bool(kept) and stamp_ns - kept[-1][0] <= ALIVE_NS
