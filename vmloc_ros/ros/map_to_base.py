"""`MapToBase`: the robot's pose as a transform, for recordings and robots without odometry."""

import threading
from collections.abc import Mapping

from vmloc_ros.pairing import JUMP_NS
from vmloc_ros.pose import Pose
from vmloc_ros.ros.broadcast_plan import Fix


class MapToBase:
    """A `BroadcastPlan`: each fix once, at the stamp of its image."""

    def __init__(self) -> None:
        self._fix: Fix | None = None
        self._newest_ns = 0
        self._changing = threading.Lock()

    def offer(self, fix: Fix) -> None:
        """Take a fix; stamps that run back by more than a second begin anew."""
        with self._changing:
            if fix.stamp_ns > self._newest_ns or self._newest_ns - fix.stamp_ns > JUMP_NS:
                self._fix, self._newest_ns = fix, fix.stamp_ns

    def due(self, clock_ns: int, now_ns: int) -> Mapping[int, Pose]:
        """Return the fix that was not sent yet."""
        with self._changing:
            fix, self._fix = self._fix, None
        return {fix.stamp_ns: fix.T_map_base} if fix else {}

    def clear(self) -> None:
        """Forget what waits."""
        with self._changing:
            self._fix, self._newest_ns = None, 0
