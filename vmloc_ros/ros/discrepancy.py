"""`Discrepancy`: how far a pose lies from where the odometry puts the robot. NumPy only."""

from dataclasses import dataclass

import numpy as np

from vmloc_ros.pose import Array, Pose
from vmloc_ros.ros.extrinsic import BodyPose

# 1σ of the odometry between two poses, for wheels of fair quality: a turn of a skid-steered base is
# off by a tenth of its angle. Too large lets a small jump pass, which the covariance of the poses
# lets pass anyway; too small would refuse good poses after a drive without any.
FLOOR_M = 0.02
"""Also of a robot at rest: 20 ms between the clocks of camera and wheels, at 1 m/s."""
FLOOR_RAD = 0.02
"""The same 20 ms, at 1 rad/s."""
DRIFT_M_PER_M = 0.1
"""Wheel radius and slip, per metre between the two poses."""
DRIFT_RAD_PER_RAD = 0.1
"""Track width and slip, per radian turned."""
DRIFT_RAD_PER_M = 0.05
"""Heading lost by uneven wheels, per metre: 3° in a metre."""


@dataclass(frozen=True, slots=True, eq=False)
class TrackedPose:
    """A pose in the map and, at the same stamp, in the odometry's frame."""

    body: BodyPose
    T_odom_body: Pose


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """What is left of the motion between two poses when the odometry's motion is taken off."""

    distance_m: float
    angle_deg: float
    sigmas: float
    """Mahalanobis distance over the six axes: 2.4 is usual, 6 comes by once in 350 000 times."""

    @classmethod
    def between(cls, before: TrackedPose, after: TrackedPose) -> "Discrepancy":
        """Compare `after` with `before` moved on by the odometry.

        The errors count as independent and Gaussian. Those of two images of one place are alike in
        truth, so that the difference is smaller than assumed.
        """
        T_before_after = before.T_odom_body.inverse() @ after.T_odom_body
        predicted = before.body.T_map_body @ T_before_after
        measured = after.body.T_map_body
        # About the fixed axes of map, as the covariances are.
        turn = (measured.rotation * predicted.rotation.inv()).as_rotvec()
        error = np.concatenate([measured.position - predicted.position, turn])
        covariance = (
            _carried(before.body, T_before_after) + _drift(T_before_after) + after.body.covariance
        )
        return cls(
            distance_m=measured.distance_m(predicted),
            angle_deg=measured.angle_deg(predicted),
            sigmas=float(np.sqrt(error @ np.linalg.solve(covariance, error))),
        )


def _carried(body: BodyPose, T_before_after: Pose) -> Array:
    """Return the covariance (6, 6) of a pose after a motion that is known exactly.

    An error ω of the rotation moves the far end of the way R t by ω × R t, as in `body_pose`:
    J = [[I, −[R t]×], [0, I]].
    """
    way = body.T_map_body.rotation.apply(T_before_after.position)
    J = np.eye(6)
    J[:3, 3:] = np.cross(np.eye(3), way).T  # column i is e_i × way
    return np.asarray(J @ body.covariance @ J.T)


def _drift(T_before_after: Pose) -> Array:
    """Return the covariance (6, 6) of the odometry's motion, the same along every axis."""
    distance_m = float(np.linalg.norm(T_before_after.position))
    angle_rad = float(T_before_after.rotation.magnitude())
    variance_m2 = FLOOR_M**2 + (DRIFT_M_PER_M * distance_m) ** 2
    variance_rad2 = (
        FLOOR_RAD**2 + (DRIFT_RAD_PER_RAD * angle_rad) ** 2 + (DRIFT_RAD_PER_M * distance_m) ** 2
    )
    return np.diag([variance_m2] * 3 + [variance_rad2] * 3)
