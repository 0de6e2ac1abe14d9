"""`SweepAssembler`: the last sweeps of a lidar as one cloud."""

from bisect import bisect_left
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from vmloc_ros.pairing import JUMP_NS
from vmloc_ros.sweeps.deskewing import put_together
from vmloc_ros.sweeps.motion import Motion, MotionSource
from vmloc_ros.sweeps.sweep import Sweep

AHEAD = 10
"""Sweeps that are kept although they came after the one that is asked for."""

NO_MOTION = "there is neither odometry nor a gyroscope"


class SweepAssembler:
    """Keeps sweeps and brings the last of them to where the lidar is at a moment.

    Of a pair of image and sweep nothing later is used: no other sweep that is stamped after the
    pair's, and no pose that is stamped after both image and the pair's last point.

    Args:
        count: how many sweeps are put together, 1 or more.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._sweeps: list[Sweep] = []
        self.missing = ""
        """Why the last cloud is not what was asked for; empty where it is."""

    def add(self, sweep: Sweep) -> None:
        """Keep a sweep; time that jumps back begins anew."""
        if self._sweeps and self._sweeps[-1].stamp_ns - sweep.stamp_ns > JUMP_NS:
            self.clear()
        place = bisect_left(self._sweeps, sweep.stamp_ns, key=_stamp)
        if place < len(self._sweeps) and self._sweeps[place].stamp_ns == sweep.stamp_ns:
            return
        self._sweeps.insert(place, sweep)
        del self._sweeps[: -self._count - AHEAD]

    def assemble(
        self, sweep: Sweep, at_ns: int, motion: MotionSource | None
    ) -> NDArray[np.float32]:
        """Put a sweep and those before it together.

        What cannot be placed is left out, and `missing` says why. The sweep itself is given as it
        is where nothing is known of the motion.

        Args:
            sweep: the newest that may be used; it is kept as by `add`.
            at_ns: stamp of the image that it belongs to.
            motion: of the lidar.

        Returns:
            (N, 4) x, y, z in the lidar's frame at the moment, and intensity.
        """
        if self._count > 1:
            self.add(sweep)
        known = None if motion is None else motion.until(max(at_ns, sweep.last_ns))
        self.missing = self._why_less(known, at_ns)
        if known is None:
            return sweep.points
        points = put_together([*self._before(sweep, known), sweep], known, at_ns)
        return sweep.points if points is None else points

    def clear(self) -> None:
        """Forget everything."""
        self._sweeps.clear()

    def _before(self, sweep: Sweep, motion: Motion) -> list[Sweep]:
        if not motion.translates:
            return []
        end = bisect_left(self._sweeps, sweep.stamp_ns, key=_stamp)
        return self._sweeps[max(0, end - self._count + 1) : end]

    def _why_less(self, motion: Motion | None, at_ns: int) -> str:
        if motion is None:
            return NO_MOTION
        if self._count > 1 and not motion.translates:
            return f"a gyroscope cannot put {self._count} sweeps together, odometry can"
        return motion.why_unknown(at_ns)


_stamp = attrgetter("stamp_ns")
