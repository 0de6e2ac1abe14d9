"""How far a frame lies from all that a model was trained on: `Remoteness`, `TrainingPath`."""

import math
from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np
from pydantic import Field
from scipy.spatial import cKDTree

from vmloc_ros.config import Config
from vmloc_ros.pose import Array, Pose

FloatOrArray = TypeVar("FloatOrArray", float, Array)


class Remoteness(Config):
    """The units of it, and how errors grow with it.

    Two signs of it are there for every frame: how unlike the training images its images are, and
    how far the answer is from where the training frames were taken. It is 1 where both are as on
    frames that were held out of the training between others.
    """

    novelty: dict[str, float]
    """For each modality its median on held-out frames, as a multiple of the bundle's limit."""
    position_m: float = Field(gt=0.0)
    """Median distance of held-out frames to their nearest training pose, metres."""
    rotation_rad: float = Field(gt=0.0)
    """Median angle of held-out frames to their nearest training pose, rad."""
    slope: dict[str, float] = Field(default_factory=dict)
    """For each set of modalities, see `growth`; 0 or more."""

    def growth(self, present: str, remoteness: float) -> float:
        """Return the factor on σ of a set of modalities: linear, 1 where remoteness is 1."""
        return relative_growth(self.slope[present], remoteness)

    def problem(self, modalities: Sequence[str], sets: Sequence[str]) -> str | None:
        """Say what is missing for a model."""
        for name in modalities:
            if not self.novelty.get(name, 0.0) > 0.0:
                return f"remoteness.novelty needs a positive number for {name}"
        for present in sets:
            if not self.slope.get(present, -1.0) >= 0.0:
                return f"remoteness.slope needs a number of at least 0 for {present}"
        return None


def relative_growth(slope: float, remoteness: FloatOrArray) -> FloatOrArray:
    """Return (1 + slope · remoteness) / (1 + slope)."""
    return (1.0 + slope * remoteness) / (1.0 + slope)


class TrainingPath:
    """Where the training frames were taken from.

    Args:
        poses: N ≥ 1, camera in map.
        units: what distances, angles and novelty are measured with.
    """

    def __init__(self, poses: Sequence[Pose], units: Remoteness) -> None:
        self._units = units
        # Both quaternions of a rotation: the nearer one counts.
        points = [self._point(pose, sign) for pose in poses for sign in (1.0, -1.0)]
        self._tree = cKDTree(np.stack(points))

    def remoteness(self, novelty: Mapping[str, float], answer: Pose) -> float:
        """Return the remoteness of a frame, 0 or more: the mean of its two signs.

        Args:
            novelty: of the images that take part, as multiples of the bundle's limits.
            answer: camera in map.
        """
        usual = self._units.novelty
        unlike = np.mean([value / usual[name] for name, value in novelty.items()])
        return (float(unlike) + self.offset(answer)) / 2.0

    def offset(self, answer: Pose) -> float:
        """Return the root mean square of distance and angle to the nearest training pose.

        Each in its unit. The angle is that of small ones, 2 ‖q − q'‖.
        """
        nearest, _ = self._tree.query(self._point(answer))
        return float(nearest) / math.sqrt(2.0)

    def _point(self, pose: Pose, sign: float = 1.0) -> Array:
        turned = 2.0 * sign * pose.quat_xyzw / self._units.rotation_rad
        return np.concatenate([pose.position / self._units.position_m, turned])
