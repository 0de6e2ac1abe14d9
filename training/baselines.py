"""What a localizer that has learned nothing would score: the baselines of every evaluation."""

from collections.abc import Sequence

import numpy as np

from training.frame_errors import FrameErrors
from training.trajectory import Trajectory
from vmloc_ros.errors import VmlocError
from vmloc_ros.pose import Array, Pose, mean_rotation

NEAREST_COST_M, NEAREST_COST_DEG = 0.05, 5.0
"""Of the oracle baseline: this far counts as much as this much rotation."""


def baseline_errors(
    training_poses: Sequence[Pose], ground_truth: Trajectory
) -> dict[str, FrameErrors]:
    """Return the errors of the two baselines by name: `constant_pose` and `nearest_train_pose`."""
    constant = constant_pose(training_poses)
    nearest = nearest_poses(training_poses, ground_truth.poses)
    return {
        "constant_pose": FrameErrors.of([constant] * len(ground_truth), ground_truth.poses),
        "nearest_train_pose": FrameErrors.of(nearest, ground_truth.poses),
    }


def constant_pose(training_poses: Sequence[Pose]) -> Pose:
    """Return the component-wise median training position with the mean training rotation."""
    if not training_poses:
        raise VmlocError("the baselines need at least one training pose, the bundle holds none")
    position = np.median([pose.position for pose in training_poses], axis=0)
    rotation = mean_rotation([pose.rotation for pose in training_poses])
    return Pose(position, rotation.as_quat())


def nearest_poses(training_poses: Sequence[Pose], queries: Sequence[Pose]) -> list[Pose]:
    """Return for each query the training pose of the least cost distance/5 cm + angle/5°."""
    positions = np.stack([pose.position for pose in training_poses])
    quats = np.stack([pose.quat_xyzw for pose in training_poses])
    return [training_poses[_nearest(positions, quats, query)] for query in queries]


def _nearest(positions: Array, quats: Array, query: Pose) -> int:
    distance_m = np.linalg.norm(positions - query.position, axis=1)
    cosine = np.minimum(np.abs(quats @ query.quat_xyzw), 1.0)
    angle_deg = np.degrees(2.0 * np.arccos(cosine))
    return int(np.argmin(distance_m / NEAREST_COST_M + angle_deg / NEAREST_COST_DEG))
