"""`Evaluation`: all that an evaluation found."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from training.baselines import baseline_errors
from training.consistency import Consistency
from training.criteria import Criteria, Verdict, judge
from training.frame_errors import FrameErrors, pose_errors
from training.metrics import Metrics
from training.provenance import Provenance
from training.tally import Tally
from training.timing import Timing
from training.trajectory import Trajectory
from vmloc_ros.pose import Array, Pose, error_vector


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Evaluation:
    """Estimates beside the truth, with their errors and the metrics; N frames have a truth."""

    ground_truth: Trajectory
    estimates: Trajectory
    sequences: tuple[str, ...]
    """Name of the sequence of each frame (N)."""
    training_poses: tuple[Pose, ...]
    errors: FrameErrors
    """Of each frame (N)."""
    baselines: dict[str, FrameErrors]
    """Of each frame (N), by the name of the baseline."""
    metrics: Metrics
    timing: Timing | None
    """None where it was not measured."""
    verdicts: tuple[Verdict, ...]
    """On each criterion, if there are any."""
    provenance: Provenance

    @property
    def passed(self) -> bool:
        """Whether all criteria are met."""
        return all(verdict.passed for verdict in self.verdicts)

    def to_json_dict(self) -> dict[str, Any]:
        """Return the metrics and what they belong to: the same whenever the evaluation is repeated.

        The command is left to the report: it may name the output folder.
        """
        provenance = asdict(self.provenance)
        del provenance["command"]
        return {
            **self.metrics.to_json_dict(),
            **self._verdicts(timed=False),
            "provenance": provenance,
        }

    def timing_json_dict(self) -> dict[str, Any]:
        """Return the times, and the verdicts on them."""
        times = {} if self.timing is None else asdict(self.timing)
        return {**times, **self._verdicts(timed=True)}

    def _verdicts(self, timed: bool) -> dict[str, Any]:
        found = {
            verdict.name: {
                "limit": verdict.limit,
                "value": verdict.value,
                "passed": verdict.passed,
            }
            for verdict in self.verdicts
            if verdict.timed == timed
        }
        return {"criteria": found} if found else {}


def evaluate_trajectory(
    estimates: Trajectory,
    ground_truth: Trajectory,
    training_poses: Sequence[Pose],
    provenance: Provenance,
    sequences: Sequence[str] | None = None,
    covariances: Sequence[Array] | None = None,
    tally: Tally | None = None,
    timing: Timing | None = None,
    criteria: Criteria | None = None,
) -> Evaluation:
    """Compare estimates with the ground truth of exactly the same stamps.

    Args:
        estimates: estimated poses; those at other stamps are counted as unmatched.
        ground_truth: one pose for each frame that should have an estimate.
        training_poses: poses the model was trained on, for the baselines.
        provenance: what the estimates come from.
        sequences: name of the sequence of each frame; by default they are one sequence.
        covariances: (6, 6) of each estimate, as `PoseEstimate.covariance`.
        tally: what became of each frame, where that is known.
        timing: how long it took, where that was measured.
        criteria: what is to be reached.

    Raises:
        VmlocError: no ground truth, no training poses, no stamp fits, or a covariance that is not
            positive definite.
    """
    errors = pose_errors(estimates, ground_truth)
    baselines = baseline_errors(training_poses, ground_truth)
    known = set(ground_truth.stamps_ns)
    metrics = Metrics.measure(
        errors,
        baselines,
        unmatched=sum(stamp_ns not in known for stamp_ns in estimates.stamps_ns),
        tally=tally,
        calibration=_consistency(estimates, ground_truth, covariances),
    )
    return Evaluation(
        ground_truth=ground_truth,
        estimates=estimates,
        sequences=tuple(sequences or ("",) * len(ground_truth)),
        training_poses=tuple(training_poses),
        errors=errors,
        baselines=baselines,
        metrics=metrics,
        timing=timing,
        verdicts=() if criteria is None else judge(criteria, metrics, timing),
        provenance=provenance,
    )


def _consistency(
    estimates: Trajectory, ground_truth: Trajectory, covariances: Sequence[Array] | None
) -> Consistency | None:
    truth = dict(zip(ground_truth.stamps_ns, ground_truth.poses, strict=True))
    matched = [
        (error_vector(pose, truth[stamp_ns]), covariance)
        for stamp_ns, pose, covariance in zip(
            estimates.stamps_ns, estimates.poses, covariances or (), strict=False
        )
        if stamp_ns in truth
    ]
    if not matched:
        return None
    errors, matrices = zip(*matched, strict=True)
    return Consistency.of(np.stack(errors), np.stack(matrices))
