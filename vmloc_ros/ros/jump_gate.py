"""`JumpGate`: refuses poses that the odometry contradicts, until they insist."""

import logging
import threading

from vmloc_ros.pose import Pose
from vmloc_ros.ros.discrepancy import Discrepancy, TrackedPose
from vmloc_ros.ros.extrinsic import BodyPose
from vmloc_ros.validity import Rejection

logger = logging.getLogger(__name__)


class JumpGate:
    """Compares each pose with the last accepted one, moved on by the odometry.

    A pose farther away than `sigma_limit` is refused. `reacquire_after` refused poses in a row that
    agree among themselves are another matter: the robot was carried, or the accepted pose was the
    wrong one. The last of them is accepted, and the truth from there on. Poses that contradict each
    other as well never get that far.

    Where the odometry is silent there is no judgement, and nothing is learnt. The odometry's drift
    grows with the motion between the two poses, not with the way between them: after a long loop
    without poses good ones may have to insist too.

    Args:
        sigma_limit: largest `Discrepancy.sigmas` of an accepted pose; 0 accepts every pose.
        reacquire_after: 1 accepts every pose.
    """

    def __init__(self, sigma_limit: float, reacquire_after: int) -> None:
        self._lock = threading.Lock()  # limits and resets come from other threads
        self._sigma_limit = sigma_limit
        self._reacquire_after = reacquire_after
        self._accepted: TrackedPose | None = None
        self._first: TrackedPose | None = None
        """First of the row of poses that contradict the accepted one."""
        self._row = 0

    def set_limits(self, sigma_limit: float, reacquire_after: int) -> None:
        """Take over new limits; what is known stays."""
        with self._lock:
            self._sigma_limit = sigma_limit
            self._reacquire_after = reacquire_after

    def reset(self) -> None:
        """Forget every pose: the next one is accepted unseen."""
        with self._lock:
            self._forget()

    def check(self, body: BodyPose, T_odom_body: Pose | None) -> Rejection | None:
        """Judge a pose.

        Args:
            body: the pose, its covariance positive semi-definite.
            T_odom_body: the odometry at the pose's stamp; None where there is none.

        Returns:
            Why it is refused; None where it is accepted.
        """
        with self._lock:
            if self._sigma_limit == 0.0:
                self._forget()  # or a gate that is opened later would judge by an old pose
                return None
            if T_odom_body is None:
                return None
            return self._judge(TrackedPose(body, T_odom_body))

    def _judge(self, pose: TrackedPose) -> Rejection | None:
        if self._accepted is None:
            self._accept(pose)
            return None
        jump = Discrepancy.between(self._accepted, pose)
        if jump.sigmas <= self._sigma_limit or self._insists(pose, jump):
            self._accept(pose)
            return None
        return Rejection(
            "jump",
            f"{jump.distance_m:.2f} m and {jump.angle_deg:.1f}° from where the odometry puts the "
            f"robot: {jump.sigmas:.1f} σ, {self._sigma_limit:g} allowed",
        )

    def _insists(self, pose: TrackedPose, jump: Discrepancy) -> bool:
        """Add a pose to the row of those that contradict; return whether it is long enough."""
        if self._first is not None and self._agrees(self._first, pose):
            self._row += 1
        else:
            self._first, self._row = pose, 1
        if self._row < self._reacquire_after:
            return False
        logger.warning(
            "%d poses in a row contradict the odometry and agree with each other: they are "
            "believed, %.2f m and %.0f° from where the robot was taken to be",
            self._row,
            jump.distance_m,
            jump.angle_deg,
        )
        return True

    def _agrees(self, first: TrackedPose, pose: TrackedPose) -> bool:
        return Discrepancy.between(first, pose).sigmas <= self._sigma_limit

    def _accept(self, pose: TrackedPose) -> None:
        self._forget()
        self._accepted = pose

    def _forget(self) -> None:
        self._accepted = None
        self._first, self._row = None, 0
