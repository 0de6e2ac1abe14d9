"""`Criteria`: what an evaluation has to reach, and the verdict on each criterion."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import Field, model_validator
from typing_extensions import Self

from training.metrics import Metrics
from training.timing import Timing
from vmloc_ros.config import Config, load_config

TIMED = ("latency_median_ms", "latency_p95_ms", "frames_per_second")
"""What no two runs agree on."""


def _limit(description: str, unit: str = "", most: float | None = None) -> Any:
    extra: dict[str, Any] | None = {"unit": unit} if unit else None
    return Field(None, ge=0.0, le=most, description=description, json_schema_extra=extra)


def _share(description: str) -> Any:
    return _limit(description, most=1.0)


class Criteria(Config):
    """Limits on what `Metrics` and `Timing` hold; those that are not set are not asked for.

    Each is named `max_` or `min_` and the quantity. A quantity that could not be measured, as a
    median where no frame has a pose, fails its criterion.
    """

    min_frames: int | None = _limit("Frames with ground truth.", "frames")
    min_availability: float | None = _share("Share of the frames with a pose.")
    max_degraded: float | None = _share("Share of the poses that lack a sensor of the model.")
    max_median_translation_m: float | None = _limit("Median position error.", "m")
    max_median_rotation_deg: float | None = _limit("Median rotation error.", "deg")
    max_mean_translation_m: float | None = _limit("Mean position error.", "m")
    max_mean_rotation_deg: float | None = _limit("Mean rotation error.", "deg")
    max_p95_translation_m: float | None = _limit("95th percentile of the position error.", "m")
    max_p95_rotation_deg: float | None = _limit("95th percentile of the rotation error.", "deg")
    min_recall_5cm_5deg: float | None = _share("Share of the frames within 5 cm and 5°.")
    min_recall_10cm_10deg: float | None = _share("Share of the frames within 10 cm and 10°.")
    min_recall_25cm_10deg: float | None = _share("Share of the frames within 25 cm and 10°.")
    min_coverage_1_sigma: float | None = _share("Share of the errors within 1σ, all axes.")
    max_coverage_1_sigma: float | None = _share("The same: a σ that is too large covers too much.")
    min_coverage_2_sigma: float | None = _share("Share of the errors within 2σ, all axes.")
    max_nees_median: float | None = _limit("Median of eᵀ Σ⁻¹ e, 5.35 if calibrated.")
    max_latency_median_ms: float | None = _limit("Median time of a localisation.", "ms")
    max_latency_p95_ms: float | None = _limit("95th percentile of the time.", "ms")
    min_frames_per_second: float | None = _limit("Of the whole run, reading included.", "Hz")

    @model_validator(mode="after")
    def _some_and_in_order(self) -> Self:
        if not self.model_dump(exclude_none=True):
            raise ValueError(f"no criterion is set; there are {', '.join(type(self).model_fields)}")
        least, most = self.min_coverage_1_sigma, self.max_coverage_1_sigma
        if least is not None and most is not None and least > most:
            raise ValueError("min_coverage_1_sigma must not be above max_coverage_1_sigma")
        return self


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether one criterion is met."""

    name: str
    limit: float
    value: float | None
    """What was measured; None where it could not be."""

    @property
    def passed(self) -> bool:
        """Whether the value is on the right side of the limit, or on it."""
        if self.value is None:
            return False
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    @property
    def at_least(self) -> bool:
        """Whether the limit is a lower one."""
        return self.name.startswith("min_")

    @property
    def timed(self) -> bool:
        """Whether it is about time: the verdict may be another one in the next run."""
        return _quantity(self.name) in TIMED


def read_criteria(path: Path) -> Criteria:
    """Read a YAML file of criteria.

    Raises:
        ConfigError: unreadable, or with a key or value that does not fit, or without any key.
    """
    return load_config(path, Criteria)


def judge(criteria: Criteria, metrics: Metrics, timing: Timing | None) -> tuple[Verdict, ...]:
    """Hold the metrics against the criteria that are set, in the order of `Criteria`."""
    measured = _measured(metrics, timing)
    limits = criteria.model_dump(exclude_none=True)
    return tuple(
        Verdict(name, limit, measured.get(_quantity(name))) for name, limit in limits.items()
    )


def _measured(metrics: Metrics, timing: Timing | None) -> dict[str, float | None]:
    """Return every number of an evaluation by name; NaN is None."""
    calibration = {} if metrics.calibration is None else asdict(metrics.calibration)
    times = {} if timing is None else asdict(timing)
    return calibration | times | metrics.to_json_dict()


def _quantity(name: str) -> str:
    return name.partition("_")[2]
