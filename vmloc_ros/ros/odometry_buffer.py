"""`OdometryBuffer`: where the odometry had the robot at any time of the last seconds."""

import threading
from bisect import bisect_left

from vmloc_ros.pairing import JUMP_NS
from vmloc_ros.pose import Pose, interpolate

NS_PER_S = 1_000_000_000
SPAN_NS = 10 * NS_PER_S
"""Time that is kept."""
LENGTH = 5000
"""Poses that are kept at most."""
REACH_NS = 20_000_000
"""How far before the first or after the last pose that pose still counts: one period at 50 Hz."""
GAP_NS = 500_000_000
"""Poses that lie farther apart than this are not interpolated."""


class OdometryBuffer:
    """Poses T_odom_base by stamp, interpolated and never extrapolated. Safe for threads."""

    def __init__(self) -> None:
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
            self._changing.wait_for(lambda: not self._is_ahead(stamp_ns), wait_s)
            self.missing = self._why_missing(stamp_ns)
            return None if self.missing else self._interpolated(stamp_ns)

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

    def _is_ahead(self, stamp_ns: int) -> bool:
        return bool(self._stamps_ns) and stamp_ns - self._stamps_ns[-1] > REACH_NS

    def _why_missing(self, stamp_ns: int) -> str:
        if not self._stamps_ns:
            return "there is no odometry yet"
        early_ns, late_ns = self._stamps_ns[0] - stamp_ns, stamp_ns - self._stamps_ns[-1]
        if early_ns > REACH_NS:
            return f"the odometry begins {early_ns / NS_PER_S:.2f} s after the image"
        if late_ns > REACH_NS:
            return f"the odometry ends {late_ns / NS_PER_S:.2f} s before the image"
        before, after = self._neighbours(stamp_ns)
        gap_ns = self._stamps_ns[after] - self._stamps_ns[before]
        if gap_ns > GAP_NS:
            return f"the odometry has a gap of {gap_ns / NS_PER_S:.2f} s at the image"
        return ""

    def _interpolated(self, stamp_ns: int) -> Pose:
        before, after = self._neighbours(stamp_ns)
        if before == after:
            return self._poses[before]
        first_ns, second_ns = self._stamps_ns[before], self._stamps_ns[after]
        fraction = (stamp_ns - first_ns) / (second_ns - first_ns)
        return interpolate(self._poses[before], self._poses[after], fraction)

    def _neighbours(self, stamp_ns: int) -> tuple[int, int]:
        """Return the poses around a time: the same one twice where it was met, or at an end."""
        after = bisect_left(self._stamps_ns, stamp_ns)
        if after == len(self._stamps_ns):
            return after - 1, after - 1
        if after == 0 or self._stamps_ns[after] == stamp_ns:
            return after, after
        return after - 1, after
