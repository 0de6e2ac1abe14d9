"""`SampledMotion`: the motion of a body that answers one question at a time."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from vmloc_ros.pose import Pose
from vmloc_ros.sweeps import Poses, PoseTrack

STEP_NS = 20_000_000
"""Between two questions: a robot moves evenly for so long."""


class SampledMotion:
    """A `Motion` that asks for poses each 20 ms and interpolates between them.

    Args:
        ask: the pose at a time (ns); None where it is not known.
        why: why the last question had no answer.
        until_ns: later times are not asked for.
    """

    translates = True

    def __init__(
        self, ask: Callable[[int], Pose | None], why: Callable[[], str], until_ns: int
    ) -> None:
        self._ask = ask
        self._why = why
        self._until_ns = until_ns

    def at(self, stamp_ns: int) -> Pose | None:
        """Return the pose at a time; None where it is not known."""
        return self._ask(stamp_ns) if stamp_ns <= self._until_ns else None

    def at_many(self, stamps_ns: NDArray[np.int64]) -> Poses:
        """Return the poses at times (M,)."""
        first_ns, last_ns = int(stamps_ns.min()), int(stamps_ns.max())
        asked_ns = [*range(first_ns, last_ns, STEP_NS), last_ns]
        answers = {asked: self.at(asked) for asked in asked_ns}
        known = {asked: pose for asked, pose in answers.items() if pose is not None}
        return PoseTrack(list(known), list(known.values())).at_many(stamps_ns)

    def why_unknown(self, stamp_ns: int) -> str:
        """Say why `at` has no answer for the time of an image; empty where it has."""
        return "" if self.at(stamp_ns) is not None else self._why()
