"""`Metrics`: an evaluation in numbers, beside those of the baselines."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from training.consistency import Consistency
from training.frame_errors import FrameErrors
from training.tally import Tally
from vmloc_ros.pose import Array


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorSummary:
    """The errors of all frames in a few numbers.

    Medians, means and 95th percentiles are over the frames that have a pose (NaN where none has).
    Recall is over all frames: a frame without a pose is a miss.
    """

    median_translation_m: float
    median_rotation_deg: float
    mean_translation_m: float
    mean_rotation_deg: float
    p95_translation_m: float
    p95_rotation_deg: float
    recall_5cm_5deg: float
    recall_10cm_10deg: float
    recall_25cm_10deg: float

    @classmethod
    def of(cls, errors: FrameErrors) -> "ErrorSummary":
        """Summarise the errors of at least one frame."""
        return cls(**_summary(errors))


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics(ErrorSummary):
    """All numbers of an evaluation.

    Recall is over all frames: a frame without a pose is a miss. Medians, means and percentiles are
    over the frames with a pose, so read them together with `availability`.
    """

    frames: int
    """Frames with ground truth."""
    poses: int
    """Frames with an estimate."""
    availability: float
    """poses / frames."""
    unmatched: int
    """Estimates at stamps without ground truth; they count nowhere else."""
    tally: Tally | None
    """What became of each frame; None where only the poses are known."""
    baselines: dict[str, ErrorSummary]
    """`constant_pose` and `nearest_train_pose`, see `training.baselines`."""
    calibration: Consistency | None
    """None where the estimates come without covariances."""

    @classmethod
    def measure(
        cls,
        errors: FrameErrors,
        baselines: Mapping[str, FrameErrors],
        unmatched: int = 0,
        tally: Tally | None = None,
        calibration: Consistency | None = None,
    ) -> "Metrics":
        """Turn the errors of all frames (at least one) into metrics."""
        frames, poses = errors.answered.size, int(errors.answered.sum())
        return cls(
            **_summary(errors),
            frames=frames,
            poses=poses,
            availability=poses / frames,
            unmatched=unmatched,
            tally=tally,
            baselines={name: ErrorSummary.of(values) for name, values in baselines.items()},
            calibration=calibration,
        )

    def to_json_dict(self) -> dict[str, Any]:
        """Return plain values for JSON: null for NaN, and no key for what was not measured."""
        values = asdict(self)
        values |= values.pop("tally") or {}
        return {key: jsonable(value) for key, value in values.items() if value is not None}


def _summary(errors: FrameErrors) -> dict[str, float]:
    translation_m = errors.translation_m[errors.answered]
    rotation_deg = errors.rotation_deg[errors.answered]
    return {
        "median_translation_m": _percentile(translation_m, 50.0),
        "median_rotation_deg": _percentile(rotation_deg, 50.0),
        "mean_translation_m": float(translation_m.mean()) if translation_m.size else math.nan,
        "mean_rotation_deg": float(rotation_deg.mean()) if rotation_deg.size else math.nan,
        "p95_translation_m": _percentile(translation_m, 95.0),
        "p95_rotation_deg": _percentile(rotation_deg, 95.0),
        "recall_5cm_5deg": errors.recall(0.05, 5.0),
        "recall_10cm_10deg": errors.recall(0.10, 10.0),
        "recall_25cm_10deg": errors.recall(0.25, 10.0),
    }


def _percentile(values: Array, percent: float) -> float:
    return float(np.percentile(values, percent)) if values.size else math.nan


def jsonable(value: Any) -> Any:
    """Return a value as JSON can hold it: null in place of a number that is not finite."""
    if isinstance(value, dict):
        return {key: jsonable(inner) for key, inner in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value
