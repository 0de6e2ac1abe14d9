"""`FrameErrors`: how far each estimated pose is from the ground truth."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from training.trajectory import Trajectory
from vmloc_ros.errors import RecordingError
from vmloc_ros.pose import Array, Pose


@dataclass(frozen=True, slots=True, eq=False)
class FrameErrors:
    """Errors of N frames: distance (N,) and angle between the orientations (N,) in 0 … 180.

    Both are NaN where a frame has no pose.
    """

    translation_m: Array
    rotation_deg: Array

    @classmethod
    def of(cls, estimates: Sequence[Pose | None], truth: Sequence[Pose]) -> "FrameErrors":
        """Compare estimates with the truth, frame by frame; None is a frame without a pose."""
        errors = cls(np.full(len(truth), np.nan), np.full(len(truth), np.nan))
        answered = [index for index, pose in enumerate(estimates) if pose is not None]
        found = [pose for pose in estimates if pose is not None]
        if found:
            true = [truth[index] for index in answered]
            offsets = _positions(found) - _positions(true)
            turns = _rotations(found).inv() * _rotations(true)
            errors.translation_m[answered] = np.linalg.norm(offsets, axis=1)
            errors.rotation_deg[answered] = np.degrees(turns.magnitude())
        return errors

    @property
    def answered(self) -> NDArray[np.bool_]:
        """Which frames have a pose (N,)."""
        return np.isfinite(self.translation_m)

    def recall(self, limit_m: float, limit_deg: float) -> float:
        """Return the share of all frames within both limits; a frame without a pose is a miss."""
        within = (self.translation_m <= limit_m) & (self.rotation_deg <= limit_deg)
        return float(np.mean(within))


def _positions(poses: Sequence[Pose]) -> Array:
    return np.stack([pose.position for pose in poses])


def _rotations(poses: Sequence[Pose]) -> Rotation:
    return Rotation.from_quat(np.stack([pose.quat_xyzw for pose in poses]))


def pose_errors(estimates: Trajectory, ground_truth: Trajectory) -> FrameErrors:
    """Compare each pose of the ground truth with the estimate of exactly the same stamp.

    Raises:
        RecordingError: there is no ground truth, or no estimate bears one of its stamps.
    """
    if not len(ground_truth):
        raise RecordingError("the recording has no frame with ground truth; nothing to evaluate")
    estimated = dict(zip(estimates.stamps_ns, estimates.poses, strict=True))
    if estimated and estimated.keys().isdisjoint(ground_truth.stamps_ns):
        raise RecordingError(
            f"none of the {len(estimates)} estimates bears a stamp of the recording (the first: "
            f"{estimates.stamps_ns[0]} ns, of the recording: {ground_truth.stamps_ns[0]} ns); "
            "evaluate them against the recording and split that they were made from"
        )
    matched = [estimated.get(stamp_ns) for stamp_ns in ground_truth.stamps_ns]
    return FrameErrors.of(matched, ground_truth.poses)
