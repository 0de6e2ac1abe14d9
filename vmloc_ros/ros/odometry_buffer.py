"""`OdometryBuffer`: where the odometry had the robot at any time of the last seconds."""

import threading
from bisect import bisect_left

from vmloc_ros.pairing import JUMP_NS
from vmloc_ros.pose import Pose
from vmloc_ros.sweeps.pose_track import REACH_NS, SPAN_NS, PoseTrack

LENGTH = 5000
"""Poses that are kept at most."""


class OdometryBuffer:
    """Poses T_odom_base by stamp, interpolated as in `PoseTrack`. Safe for threads.

    Those of the last `SPAN_NS` are kept.

    Args:
        translates: whether the positions mean something; those of a gyroscope do not.
    """

    def __init__(self, translates: bool = True) -> None:
        self._translates = translates
        self._stamps_ns: list[int] = []
        self._poses: list[Pose] = []
        self._changing = threading.Condition()
        self.missing = ""
        """Why the last question had no answer."""

    def add(self, stamp_ns: int, T_odom_base: Pose) -> None:
        """Take a pose; one that is late is let go, time that jumps back begins anew."""
        with self._changing:
            newest_ns = self._stamps_ns[-1] if self._stamps_ns else 0
            if newest_ns - stamp_ns > JUMP_NS:
                self._clear()
            elif stamp_ns <= newest_ns:
                return
            self._stamps_ns.append(stamp_ns)
            self._poses.append(T_odom_base)
            self._forget(stamp_ns - SPAN_NS)
            self._changing.notify_all()

    def at(self, stamp_ns: int, wait_s: float = 0.0) -> Pose | None:
        """Return T_odom_base at a time; None where the poses do not reach.

        Args:
            stamp_ns: the time.
            wait_s: how long to wait for it where there are poses and it lies ahead of them.
        """
        with self._changing:
            self._changing.wait_for(lambda: not self._is_ahead(stamp_ns, REACH_NS), wait_s)
            track = PoseTrack(self._stamps_ns, self._poses)
            self.missing = track.why_unknown(stamp_ns)
            return track.at(stamp_ns)

    def until(self, stamp_ns: int, wait_s: float = 0.0) -> PoseTrack:
        """Return what is known of the time up to a stamp, made of nothing that is stamped later.

        Args:
            stamp_ns: the time.
            wait_s: how long to wait for the poses up to it, where there are some.
        """
        with self._changing:
            self._changing.wait_for(lambda: not self._is_ahead(stamp_ns, 0), wait_s)
            return PoseTrack(self._stamps_ns, self._poses, self._translates).until(stamp_ns)

    def clear(self) -> None:
        """Forget everything."""
        with self._changing:
            self._clear()

    def _clear(self) -> None:
        self._stamps_ns.clear()
        self._poses.clear()

    def _forget(self, oldest_ns: int) -> None:
        first = max(bisect_left(self._stamps_ns, oldest_ns), len(self._stamps_ns) - LENGTH)
        del self._stamps_ns[:first], self._poses[:first]

    def _is_ahead(self, stamp_ns: int, reach_ns: int) -> bool:
        return bool(self._stamps_ns) and stamp_ns - self._stamps_ns[-1] > reach_ns
