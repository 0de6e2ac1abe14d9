"""`MapToOdom`: what corrects the drift of the odometry (REP-105)."""

import threading
from collections import deque
from collections.abc import Mapping

from vmloc_ros.pairing import JUMP_NS
from vmloc_ros.pose import Pose
from vmloc_ros.ros.broadcast_plan import Fix
from vmloc_ros.ros.odometry import Odometry

WAITING = 10
"""Fixes that wait for the odometry at most."""


class MapToOdom:
    """A `BroadcastPlan`: T_map_odom of the last fix, dated ahead, until the fix is old.

    T_map_odom = T_map_base · T_odom_base⁻¹, both at the image's stamp: what the robot drove since
    is in odom → base already. The odometry of that moment may arrive after the fix, which waits.
    Before the first fix there is nothing, for nothing is known; least of all the identity.

    Args:
        odometry: gives T_odom_base.
        tolerance_ns: how far ahead of the clock a transform is dated.
        timeout_ns: age at which a fix is no longer passed on.
    """

    def __init__(self, odometry: Odometry, tolerance_ns: int, timeout_ns: int) -> None:
        self._odometry = odometry
        self._tolerance_ns = tolerance_ns
        self._timeout_ns = timeout_ns
        self._waiting: deque[Fix] = deque(maxlen=WAITING)
        self._correction: tuple[int, Pose] | None = None
        """Stamp of the last fix, T_map_odom."""
        self._taken_ns = 0
        self._newest_ns = 0
        self._sent_ns = 0
        self._changing = threading.Lock()

    def set_limits(self, tolerance_ns: int, timeout_ns: int) -> None:
        """Take over new limits."""
        with self._changing:
            self._tolerance_ns, self._timeout_ns = tolerance_ns, timeout_ns

    def offer(self, fix: Fix) -> None:
        """Take a fix; stamps that run back by more than a second begin anew."""
        with self._changing:
            if self._newest_ns - fix.stamp_ns > JUMP_NS:
                self._clear()
            if fix.stamp_ns > self._newest_ns:
                self._newest_ns = fix.stamp_ns
                self._waiting.append(fix)

    def due(self, clock_ns: int, now_ns: int) -> Mapping[int, Pose]:
        """Return the transform from odom to map, dated ahead; nothing while the robot is lost.

        Where nothing was sent yet for the time of the image it is sent for that time too: others
        can look up the present at once, and do not see it blended with what was before a pause.
        No stamp is sent twice: while the clock stands there is nothing new to say.
        """
        with self._changing:
            self._correct()
            if self._correction is None or now_ns - self._taken_ns > self._timeout_ns:
                self._correction = None
                return {}
            first_ns, T_map_odom = self._correction
            ahead_ns = max(clock_ns, first_ns) + self._tolerance_ns
            stamps_ns = [ns for ns in sorted({first_ns, ahead_ns}) if ns > self._sent_ns]
            self._sent_ns = max(self._sent_ns, ahead_ns)
            return dict.fromkeys(stamps_ns, T_map_odom)

    def clear(self) -> None:
        """Forget the fixes."""
        with self._changing:
            self._clear()

    def _correct(self) -> None:
        """Take over the newest waiting fix whose odometry is there; those before it are past."""
        for fix in reversed(self._waiting):
            T_odom_base = self._odometry.at(fix.stamp_ns)
            if T_odom_base is not None:
                T_map_odom = fix.T_map_base @ T_odom_base.inverse()
                self._correction = (fix.stamp_ns, T_map_odom)
                self._taken_ns = fix.taken_ns
                later = [other for other in self._waiting if other.stamp_ns > fix.stamp_ns]
                self._waiting = deque(later, maxlen=WAITING)
                return

    def _clear(self) -> None:
        self._waiting.clear()
        self._correction = None
        self._newest_ns = self._sent_ns = 0
