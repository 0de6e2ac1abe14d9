"""`ConsistentFixes`: a row of poses that tell of one place. NumPy only."""

import numpy as np

from vmloc_ros.pose import Pose
from vmloc_ros.ros.discrepancy import Discrepancy, TrackedPose
from vmloc_ros.ros.extrinsic import BodyPose

AGREE_SIGMAS = 4.0
"""Two poses of one place differ by more once in 70 pairs, over six axes; a new row costs little."""
MAX_SPEED_M_S = 3.0
"""No indoor robot is faster; used where there is no odometry."""
MAX_TURN_RAD_S = 3.0
"""Half a turn in a second."""
MAX_GAP_NS = 2_000_000_000
"""Poses farther apart in time do not follow each other: at that distance any speed explains all."""


class ConsistentFixes:
    """Counts accepted poses in a row that agree with the first of the row.

    Agreement is judged after the robot's motion is taken off. Where the odometry does not tell it,
    whatever `MAX_SPEED_M_S` and `MAX_TURN_RAD_S` explain counts as motion. A pose that disagrees is
    the first of a new row, so that one bad pose never keeps the good ones out.
    """

    def __init__(self) -> None:
        self._first: tuple[BodyPose, Pose | None] | None = None
        self._last_ns = 0
        self._length = 0

    def add(self, body: BodyPose, T_odom_body: Pose | None = None) -> int:
        """Add a pose, with the odometry at its stamp where known; return the row's length."""
        if self._follows(body) and self._agrees(body, T_odom_body):
            self._length += 1
        else:
            self._first, self._length = (body, T_odom_body), 1
        self._last_ns = body.stamp_ns
        return self._length

    def clear(self) -> None:
        """Begin anew: a pose was refused, or the clock jumped."""
        self._first, self._length = None, 0

    def _follows(self, body: BodyPose) -> bool:
        return self._first is not None and 0 < body.stamp_ns - self._last_ns <= MAX_GAP_NS

    def _agrees(self, body: BodyPose, T_odom_body: Pose | None) -> bool:
        assert self._first is not None, "a pose follows another"
        first, T_odom_first = self._first
        if T_odom_first is None or T_odom_body is None:
            return _is_within_reach(first, body)
        before, after = TrackedPose(first, T_odom_first), TrackedPose(body, T_odom_body)
        return Discrepancy.between(before, after).sigmas <= AGREE_SIGMAS


def _is_within_reach(first: BodyPose, body: BodyPose) -> bool:
    """Whether a sane speed and the errors of both poses explain where the second one is."""
    time_s = (body.stamp_ns - first.stamp_ns) * 1e-9
    variances = np.diag(first.covariance + body.covariance)
    reach_m = MAX_SPEED_M_S * time_s + AGREE_SIGMAS * np.sqrt(variances[:3].max())
    reach_rad = MAX_TURN_RAD_S * time_s + AGREE_SIGMAS * np.sqrt(variances[3:].max())
    distance_m = body.T_map_body.distance_m(first.T_map_body)
    angle_rad = np.radians(body.T_map_body.angle_deg(first.T_map_body))
    return bool(distance_m <= reach_m and angle_rad <= reach_rad)
