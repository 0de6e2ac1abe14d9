"""`EdgeWatch`: a frame has one parent (REP-105), so who else is giving it one?"""

import threading
from collections import deque

NS_PER_S = 1_000_000_000
SILENCE_NS = 5 * NS_PER_S
"""A publisher that has been silent for this long owns the edge no more."""
REMEMBERED = 1000
"""Own transforms that may still be on their way back: 5 s at 200 Hz."""


class EdgeWatch:
    """Tells our own transforms of one child frame from those of others. Safe for threads.

    tf messages do not name their sender. A node hears its own, and knows them by their stamps.
    Times are those of a steady clock, nanoseconds.
    """

    def __init__(self) -> None:
        self._sent_ns: deque[int] = deque(maxlen=REMEMBERED)
        self._parent = ""
        self._seen_ns = 0
        self._is_static = False
        self._changing = threading.Lock()

    def sent(self, stamp_ns: int) -> None:
        """Take note of a transform before it is sent."""
        with self._changing:
            self._sent_ns.append(stamp_ns)

    def saw(self, parent: str, stamp_ns: int, now_ns: int, static: bool = False) -> None:
        """Take note of a transform that arrived."""
        with self._changing:
            if not static and stamp_ns in self._sent_ns:
                return
            self._parent, self._seen_ns = parent, now_ns
            self._is_static = self._is_static or static

    def other_parent(self, now_ns: int) -> str:
        """Return the parent that somebody else gives the frame; empty: nobody does.

        A static transform holds for good, another until its publisher falls silent.
        """
        with self._changing:
            is_over = not self._is_static and now_ns - self._seen_ns > SILENCE_NS
            return "" if is_over else self._parent
