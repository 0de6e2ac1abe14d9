"""`Arrivals`: when the messages of one topic came, by the steady clock."""

import threading
from collections import deque

WINDOW_S = 5.0
"""Time that the rate is taken over."""
LAST = 500
"""Arrivals remembered: enough for 100 Hz."""


class Arrivals:
    """Silence and rate of one topic. Safe for threads.

    Args:
        start_s: when the listening began; silence counts from here until something comes.
    """

    def __init__(self, start_s: float) -> None:
        self._lock = threading.Lock()
        self._latest_s = start_s
        self._times_s: deque[float] = deque(maxlen=LAST)

    def add(self, now_s: float) -> None:
        """Take note of a message."""
        with self._lock:
            self._latest_s = now_s
            self._times_s.append(now_s)

    def silent_s(self, now_s: float) -> float:
        """Return the time since the last message, or since the start."""
        with self._lock:
            return max(0.0, now_s - self._latest_s)

    @property
    def rate_hz(self) -> float | None:
        """The rate over the seconds before the last message; None before two messages.

        Of a sensor that is slower than that, between its last two.
        """
        with self._lock:
            times_s = list(self._times_s)
        recent = [at for at in times_s if times_s[-1] - at <= WINDOW_S]
        recent = recent if len(recent) > 1 else times_s[-2:]
        if len(recent) < 2 or recent[-1] <= recent[0]:
            return None
        return (len(recent) - 1) / (recent[-1] - recent[0])
