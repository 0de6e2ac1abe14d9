"""`Degradation`: which streams make a set while others are missing. Times are of the steady clock.

A stream is missing when the others have been coming for the timeout without it. Silence alone says
nothing: a bag that is paused, or one played at a tenth of its rate, leaves all streams silent.
"""

from collections.abc import Collection, Sequence
from typing import Literal

STEADY = 5
"""Messages in a row that a stream must show where its last return was shorter than that."""


class Degradation:
    """Decides from the arrivals what to wait for.

    The first message of a stream that returns makes it expected again. One that keeps leaving, as
    its period is longer than the timeout, stays missing until it comes steadily: it would cost the
    others their sets each time.

    Not safe for threads: the caller holds a lock around each call.

    Args:
        streams: names of all.
        timeout_s: time that the others come without a stream until it is missing; may be set.
        on_missing: go on with the others, or not.
        subsets: streams that suffice together; without the others of them there is no going on.
    """

    def __init__(
        self,
        streams: Sequence[str],
        timeout_s: float,
        on_missing: Literal["degrade", "stop"],
        subsets: Collection[frozenset[str]],
    ) -> None:
        self.timeout_s = timeout_s
        self._on_missing = on_missing
        self._subsets = frozenset(subsets)
        self._streams = {name: _Presence() for name in streams}
        self._missing: frozenset[str] = frozenset()

    def arrive(self, stream: str, now_s: float) -> bool:
        """Take note of a message; say whether other streams are missing than before it."""
        for name, presence in self._streams.items():
            if name != stream:
                presence.let_pass(now_s, self.timeout_s)
        came = self._streams[stream]
        came.come(self.timeout_s)
        if not self._present():  # better one that comes and goes than none
            came.is_missing = False
        before, self._missing = self._missing, frozenset(self._streams) - self._present()
        return self._missing != before

    @property
    def missing(self) -> frozenset[str]:
        """The streams that are not there now."""
        return self._missing

    @property
    def expected(self) -> frozenset[str]:
        """The streams that make a set: all of them while there is no going on with the rest."""
        all_streams = frozenset(self._streams)
        return all_streams if self.obstacle else all_streams - self._missing

    @property
    def obstacle(self) -> str:
        """Why there is no going on without the missing streams; empty where there is."""
        if not self._missing:
            return ""
        if self._on_missing == "stop":
            return "on_missing_modality is stop"
        rest = frozenset(self._streams) - self._missing
        names = " + ".join(name for name in self._streams if name in rest)
        return "" if rest in self._subsets else f"the bundle has no calibration for {names} alone"

    def _present(self) -> frozenset[str]:
        return frozenset(name for name, one in self._streams.items() if not one.is_missing)


class _Presence:
    """Whether one stream is there."""

    def __init__(self) -> None:
        self.is_missing = False
        self._run = STEADY
        """Messages since it last returned; credit until it fails for the first time."""
        self._is_trusted = True
        """Whether it was there for long enough, the last time, to be welcome at once."""
        self._passed_s: float | None = None
        """When the last message of another stream came since its own last one."""
        self._alone_s = 0.0
        """For how long the others have been coming without it."""

    def let_pass(self, now_s: float, timeout_s: float) -> None:
        """Take note of a message of another stream."""
        if self._passed_s is not None:
            # Time in which the others were silent too proves little: it takes three messages.
            self._alone_s += min(now_s - self._passed_s, timeout_s / 2)
        self._passed_s = now_s
        if not self.is_missing and self._alone_s >= timeout_s:
            self.is_missing = True
            self._is_trusted = self._run >= STEADY

    def come(self, timeout_s: float) -> None:
        """Take note of a message of its own."""
        self._run = 1 if self._alone_s >= timeout_s else self._run + 1
        self._passed_s, self._alone_s = None, 0.0
        if self._is_trusted or self._run >= STEADY:
            self.is_missing = False
