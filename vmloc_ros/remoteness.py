"""`Remoteness`: how far a frame lies from all that a model was trained on."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np
from pydantic import Field

from vmloc_ros.config import Config
from vmloc_ros.pose import Array, Pose


class Remoteness(Config):
    """What held-out frames say about it; on those, between training frames, it is about 1.

    Errors grow with it. Two signs of it are there for every frame: how unlike the training images
    its images are, and how far the answer is from where the training frames were taken.
    """

    novelty: dict[str, float]
    """For each modality its median, as a multiple of the bundle's limit."""
    position_m: float = Field(gt=0.0)
    """Median distance of held-out frames to their nearest training pose, metres."""
    rotation_rad: float = Field(gt=0.0)
    """Median angle of held-out frames to their nearest training pose, rad."""
    slope: dict[str, float]
    """For each set of modalities, see `growth`; 0 or more."""

    def of(self, novelty: Mapping[str, float], offset: float) -> float:
        """Return the remoteness of a frame, 0 or more.

        Args:
            novelty: of the images that take part, as multiples of the bundle's limits.
            offset: of the answer, from `TrainingPath`.
        """
        unlike = np.mean([value / self.novelty[name] for name, value in novelty.items()])
        return (float(unlike) + offset) / 2.0

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


Number = TypeVar("Number", float, Array)


def relative_growth(slope: float, remoteness: Number) -> Number:
    """Return (1 + slope · remoteness) / (1 + slope)."""
    return (1.0 + slope * remoteness) / (1.0 + slope)


class TrainingPath:
    """Where the training frames were taken from, in the units of a `Remoteness`.

    Args:
        poses: N ≥ 1, camera in map.
        units: what a distance and an angle are measured with.
    """

    def __init__(self, poses: Sequence[Pose], units: Remoteness) -> None:
        self._positions = np.stack([pose.position for pose in poses])  # (N, 3)
        self._quats = np.stack([pose.quat_xyzw for pose in poses])  # (N, 4)
        self._units = units.position_m, units.rotation_rad

    def offset(self, pose: Pose) -> float:
        """Return the distance to the nearest training pose.

        Distance and angle are in units of what is usual, their root mean square counts.
        """
        distance_m = np.linalg.norm(self._positions - pose.position, axis=1)
        angle_rad = 2.0 * np.arccos(np.minimum(np.abs(self._quats @ pose.quat_xyzw), 1.0))
        metres, radians = self._units
        return float(np.sqrt(np.min((distance_m / metres) ** 2 + (angle_rad / radians) ** 2) / 2.0))
