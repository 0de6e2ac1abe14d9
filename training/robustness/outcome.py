"""`Outcome`: what came of one frame under one condition."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from vmloc_ros.pose import Pose, PoseEstimate, error_vector

FAILED = "failed"
"""In place of a rejection: there was no estimate at all."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The errors of an estimate, valid or not. NaN and 0 where there is none."""

    translation_m: float = math.nan
    rotation_deg: float = math.nan
    within_1_sigma: int = 0
    """How many of the six errors, along and about the axes of map, are within 1σ."""
    within_2_sigma: int = 0
    rejection: str | None = FAILED
    """`vmloc_ros.validity.Reason`, or `FAILED`; None for a valid estimate."""
    dropped: tuple[str, ...] = ()
    """The modalities that were left out because they look foreign."""
    novelty: Mapping[str, float] = field(default_factory=dict)
    """As `PoseEstimate.novelty`."""

    @classmethod
    def of(cls, estimate: PoseEstimate | None, truth: Pose) -> "Outcome":
        """Compare an estimate with the truth; None is a frame that could not be localised."""
        if estimate is None:
            return cls()
        pose = estimate.T_map_camera
        sigma = np.sqrt(np.diag(estimate.covariance))
        error = np.abs(error_vector(pose, truth))
        return cls(
            translation_m=pose.distance_m(truth),
            rotation_deg=pose.angle_deg(truth),
            within_1_sigma=int(np.sum(error <= sigma)),
            within_2_sigma=int(np.sum(error <= 2.0 * sigma)),
            rejection=None if estimate.rejection is None else str(estimate.rejection.reason),
            dropped=tuple(estimate.dropped),
            novelty=estimate.novelty,
        )

    @property
    def answered(self) -> bool:
        """Whether there is an estimate, valid or not."""
        return self.rejection != FAILED

    @property
    def valid(self) -> bool:
        """Whether the node would publish it."""
        return self.rejection is None

    def score(self, modality: str) -> float:
        """Return how unlike the training images one image is; what is no number is foreign."""
        value = self.novelty[modality]
        return math.inf if math.isnan(value) else value

    @property
    def least_score(self) -> float:
        """Return that of the most familiar image: one that is familiar makes an estimate."""
        return min(self.score(name) for name in self.novelty)
