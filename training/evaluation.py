"""`Evaluation`: all that an evaluation found."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from training.baselines import baseline_errors
from training.consistency import Consistency
from training.frame_errors import FrameErrors, pose_errors
from training.metrics import Metrics
from training.trajectory import Trajectory
from vmloc_ros.pose import Array, Pose, error_vector


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What was evaluated, and how. Names, not paths: an evaluation can be passed on."""

    bundle: str
    """Name of the bundle's folder."""
    bundle_sha256: str
    recording: str
    split: str
    device: str
    """Where the network ran."""
    versions: dict[str, str]
    """Versions of the software that ran."""
    command: str
    """How to do it again."""


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
    provenance: Provenance

    def to_json_dict(self) -> dict[str, Any]:
        """Return the metrics and what they belong to; the command is left to the report."""
        provenance = asdict(self.provenance)
        del provenance["command"]  # it may name the output folder, and the numbers do not
        return {**self.metrics.to_json_dict(), "provenance": provenance}


def evaluate_trajectory(
    estimates: Trajectory,
    ground_truth: Trajectory,
    training_poses: Sequence[Pose],
    provenance: Provenance,
    sequences: Sequence[str] | None = None,
    latency_ms: Sequence[float] | None = None,
    covariances: Sequence[Array] | None = None,
) -> Evaluation:
    """Compare estimates with the ground truth of exactly the same stamps.

    Args:
        estimates: estimated poses; those at other stamps are counted as unmatched.
        ground_truth: one pose for each frame that should have an estimate.
        training_poses: poses the model was trained on, for the baselines.
        provenance: what the estimates come from.
        sequences: name of the sequence of each frame; by default they are one sequence.
        latency_ms: time from frame to pose, in any number.
        covariances: (6, 6) of each estimate, as `PoseEstimate.covariance`.

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
        latency_ms=latency_ms,
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
