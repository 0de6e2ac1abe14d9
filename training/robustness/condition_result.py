"""`ConditionResult`: a condition in numbers."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from training.metrics import jsonable
from training.robustness.condition import Condition
from training.robustness.outcome import Outcome
from training.robustness.pooled_errors import PooledErrors

Outcomes = Mapping[int, Outcome]
"""By the number of the frame in the recording."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionResult:
    """What became of the frames to which a condition applies."""

    condition: Condition
    frames: int
    availability: float
    """Share of them with a valid estimate."""
    dropped_share: float
    """Share in which at least one sensor was left out as unfamiliar."""
    dropped: dict[str, float]
    """That share for each modality of the bundle."""
    rejected: dict[str, int]
    """Frames without a valid estimate, by `vmloc_ros.validity.Reason` or `FAILED`."""
    valid: PooledErrors
    """Of the valid estimates: what the robot is told."""
    every: PooledErrors
    """Of all estimates, also of those that the localizer rejects: what the paper measures."""

    @classmethod
    def of(
        cls, condition: Condition, outcomes: Outcomes, clean: Outcomes, modalities: Sequence[str]
    ) -> "ConditionResult":
        """Summarise at least one outcome; `clean` are those of the same recording undamaged."""
        frames, all_of_them = len(outcomes), list(outcomes.values())
        dropped = Counter(name for one in all_of_them for name in one.dropped)
        return cls(
            condition=condition,
            frames=frames,
            availability=sum(one.valid for one in all_of_them) / frames,
            dropped_share=sum(bool(one.dropped) for one in all_of_them) / frames,
            dropped={name: dropped[name] / frames for name in modalities},
            rejected=dict(Counter(one.rejection for one in all_of_them if one.rejection)),
            valid=PooledErrors.of(_valid(outcomes), _valid(clean)),
            every=PooledErrors.of(_answered(outcomes), _answered(clean)),
        )

    def to_json_dict(self) -> dict[str, Any]:
        """Return plain values for JSON: null for NaN."""
        return {
            "family": self.condition.family,
            "frames": self.frames,
            "availability": self.availability,
            "dropped_share": self.dropped_share,
            "dropped": self.dropped,
            "rejected": self.rejected,
            "valid_estimates": jsonable(asdict(self.valid)),
            "all_estimates": jsonable(asdict(self.every)),
        }


def _valid(outcomes: Outcomes) -> dict[int, Outcome]:
    return {frame: one for frame, one in outcomes.items() if one.valid}


def _answered(outcomes: Outcomes) -> dict[int, Outcome]:
    return {frame: one for frame, one in outcomes.items() if one.answered}
