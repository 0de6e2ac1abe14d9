"""`Tally`: what became of the frames that a localizer was given."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from vmloc_ros.calibration import key
from vmloc_ros.pose import PoseEstimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Frames with a pose, frames whose estimate was rejected, and frames that failed: all frames.

    The node publishes the first alone.
    """

    used: dict[str, int]
    """Frames with a pose, by the modalities that it comes from, as "rgb+depth"."""
    degraded: float
    """Share of the poses that come from fewer modalities than the model has; NaN without poses."""
    rejected: dict[str, int]
    """Frames whose estimate must not be used, by `vmloc_ros.validity.Reason`."""
    failed: int
    """Frames that could not be localised at all, as those without a modality of the model."""

    @classmethod
    def of(cls, estimates: Sequence[PoseEstimate | None], modalities: Sequence[str]) -> "Tally":
        """Count the answers of a model of these modalities; None is a frame that failed."""
        answers = [estimate for estimate in estimates if estimate is not None]
        valid = [estimate for estimate in answers if estimate.rejection is None]
        fewer = sum(len(estimate.present) < len(modalities) for estimate in valid)
        return cls(
            used=dict(Counter(key(estimate.present) for estimate in valid)),
            degraded=fewer / len(valid) if valid else math.nan,
            rejected=dict(
                Counter(str(one.rejection.reason) for one in answers if one.rejection is not None)
            ),
            failed=len(estimates) - len(answers),
        )
