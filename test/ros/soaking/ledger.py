"""`Ledger`: what was sent, so that each pose can be traced to it."""

import threading
import time
from dataclasses import dataclass, field

JUMP_NS = 1_000_000_000
"""Stamps that run back by more than this begin a new segment."""


@dataclass
class Entry:
    """The sendings of one stamp that can be decoded."""

    segments: list[int] = field(default_factory=list)
    last_sent_s: float = 0.0
    """By the steady clock."""


class Ledger:
    """Remembers every stamp. Any thread may write and read."""

    def __init__(self):
        self._lock = threading.Lock()
        self._entries = {}
        self._useless = set()
        self._segment = 0
        self._newest_ns = 0

    def write(self, stamp_ns, decodable):
        """Take note of a message before it is sent."""
        with self._lock:
            if stamp_ns <= 0:
                return
            if stamp_ns < self._newest_ns - JUMP_NS:
                self._segment += 1
                self._newest_ns = stamp_ns
            self._newest_ns = max(self._newest_ns, stamp_ns)
            if not decodable:
                self._useless.add(stamp_ns)
                return
            entry = self._entries.setdefault(stamp_ns, Entry())
            if self._segment not in entry.segments[-1:]:
                entry.segments.append(self._segment)
            entry.last_sent_s = time.monotonic()

    @property
    def jumps(self):
        """How often the stamps ran back."""
        return self._segment

    def place(self, stamp_ns, after):
        """Return the earliest (segment, stamp) of a stamp that is later than `after`.

        Raises:
            LookupError: there is none; the text says why.
        """
        with self._lock:
            entry = self._entries.get(stamp_ns)
            if entry is None:
                known = stamp_ns in self._useless
                raise LookupError("was sent undecodable only" if known else "was never sent")
            for segment in entry.segments:
                if (segment, stamp_ns) > after:
                    return segment, stamp_ns
        raise LookupError(f"is not later than its predecessor {after[1]}")

    def last_sent_s(self, stamp_ns):
        """Return when a stamp was sent for the last time; 0 if never."""
        with self._lock:
            entry = self._entries.get(stamp_ns)
            return entry.last_sent_s if entry else 0.0
