"""What held-out frames say about a trained model: errors, agreement of its experts, novelty."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from training.answers import Answers, as_recorded, batches
from training.baselines import nearest_poses
from training.cache import Batch, CachedFrames
from vmloc_ros.calibration import Agreement, Calibration, Vector6, key, subsets
from vmloc_ros.familiarity import Familiarity
from vmloc_ros.model.vmloc import VMLoc
from vmloc_ros.pose import Array, Pose, PoseNormalizer
from vmloc_ros.preprocessing import Preprocessor
from vmloc_ros.remoteness import Remoteness, TrainingPath, relative_growth

ONE_SIGMA, TWO_SIGMA = 0.6827, 0.9545
FLOOR = np.array([1e-3] * 3 + [1e-3] * 3)
"""Smallest σ, where remoteness is 1: 1 mm, 1 mrad."""
IMAGES = 4096
"""Training images, at most, that a new one is compared with."""
USUAL = 0.9
"""Limits are multiples of this quantile of held-out frames: it leaves out the few that lie far from
every training frame."""
FOREIGN = 1.5
"""On other paths through the place images are up to this much more unlike the training images than
held-out ones, which lie between training frames of the same path."""
CONTRADICTION = 4.0
"""And so the experts disagree more there; about different places they disagree far more."""
VIEWS = 8
"""Views of each held-out frame, beside the recorded one."""
SLOPES = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
"""Of the growth of σ with remoteness."""
LEAST = 1e-3
"""Smallest typical value that is believed, where there are few frames or all are alike."""


def calibrate(
    network: VMLoc,
    held_out: CachedFrames,
    training_poses: Sequence[Pose],
    appearance: Mapping[str, Tensor],
    normalizer: PoseNormalizer,
    preprocessor: Preprocessor,
    views: Sequence[Callable[[Batch], Batch]] = (),
) -> Calibration:
    """Measure on held-out frames, with each set of the modalities.

    Held-out frames lie between training frames of the same path, and errors on them are those of a
    robot that drives that path again. `views` of them, from where the recording was not, are what
    a robot beside the path sees. Errors are measured on both, and how they grow with the distance
    from what the model was trained on (`Remoteness`).

    σ is a quantile of the absolute error on each axis, not the standard deviation: pose errors have
    heavy tails, and a few outliers would make it say little about the rest. Of 1σ and half of 2σ,
    the 68.27 and 95.45 % quantiles, it is the larger one; both are taken a little higher for the
    few frames that they are taken from (`_level`). Errors are first divided by the growth that the
    disagreement of the experts and the remoteness give them (`Calibration.growth`).

    Args:
        network: in evaluation mode, on the CPU.
        held_out: frames it was not trained on.
        training_poses: of those it was trained on.
        appearance: of training images, from `training_appearance`.
        normalizer: of its poses.
        preprocessor: of its inputs.
        views: ways of looking at the frames, with true labels; none: only as they are.

    Raises:
        RecordingError: no held-out frame has all modalities of a set.
    """
    ways = [as_recorded, *views]
    answers = Answers.of(network, held_out, normalizer, preprocessor, ways)
    recorded = answers.first(len(answers.truth) // len(ways))
    seen_in = {
        name: (name,) if network.divisible else answers.modalities for name in answers.modalities
    }
    familiarity = Familiarity(appearance)
    novelty = {
        name: familiarity.distance(name, recorded.images(chosen, name)).numpy()
        for name, chosen in seen_in.items()
    }
    limits = {name: FOREIGN * _usual(values) for name, values in novelty.items()}
    units = _units(recorded, training_poses, {n: v / limits[n] for n, v in novelty.items()})
    result = Calibration(sigma={}, agreement={}, novelty_limit=limits, remoteness=units)
    signs = _Signs(familiarity, limits, TrainingPath(training_poses, units), len(ways))
    for chosen in subsets(answers.modalities):  # single ones first: disagreement is in their σ
        result = _with_set(result, answers, chosen, signs, network.config.fuses_experts)
    return result


@torch.inference_mode()
def training_appearance(
    network: VMLoc, frames: CachedFrames, preprocessor: Preprocessor
) -> dict[str, Tensor]:
    """Return for each modality the appearance (N', A) of training images, evenly chosen."""
    appearance = {}
    for column, name in enumerate(preprocessor.modalities):
        rows = np.flatnonzero(frames.cache.present[frames.indices, column])
        count = min(len(rows), IMAGES)
        parts = []
        for batch in batches(frames, rows[np.arange(count) * len(rows) // count]):
            inputs = preprocessor.encode({name: batch[name]})
            parts.append(network.experts(inputs, batch["present"]).appearance[name])
        appearance[name] = torch.cat(parts)
    return appearance


@dataclass(frozen=True, slots=True)
class _Signs:
    """What tells how remote a frame is."""

    familiarity: Familiarity
    limits: Mapping[str, float]
    path: TrainingPath
    ways: int
    """Answers to the same frame, seen from here and there."""

    def remoteness(self, answers: Answers, chosen: tuple[str, ...]) -> Array:
        """Return (N',) of the frames that have all modalities of a set."""
        rows = answers.rows_with(chosen)
        novelty = {
            name: self.familiarity.distance(name, answers.images(chosen, name)).numpy() / limit
            for name, limit in self.limits.items()
            if name in chosen
        }
        return np.array(
            [
                self.path.remoteness(
                    {name: values[i] for name, values in novelty.items()},
                    answers.poses[chosen][row],
                )
                for i, row in enumerate(rows)
            ]
        )


def _with_set(
    known: Calibration, answers: Answers, chosen: tuple[str, ...], signs: _Signs, experts: bool
) -> Calibration:
    """Add to what is known of smaller sets what is measured with this one."""
    assert known.remoteness is not None
    errors, agreement = answers.errors(chosen), dict(known.agreement)
    if experts and len(chosen) > 1:
        disagreement = answers.disagreement(chosen, known)
        usual = agreement[key(chosen)] = _agreement(disagreement)
        errors = errors / np.array([usual.growth(value) for value in disagreement])[:, None]
    frames = len(errors) // signs.ways
    slope, sigma = _likeliest(errors, signs.remoteness(answers, chosen), frames)
    slopes = {**known.remoteness.slope, key(chosen): slope}
    return Calibration(
        sigma={**known.sigma, key(chosen): sigma},
        agreement=agreement,
        novelty_limit=known.novelty_limit,
        remoteness=known.remoteness.model_copy(update={"slope": slopes}),
    )


def _likeliest(errors: Array, remoteness: Array, frames: int) -> tuple[float, Vector6]:
    """Return the slope, and σ where remoteness is 1, under which errors (N', 6) surprise least.

    Axes without errors worth mentioning, as the height of a robot on a floor, have no say.

    Args:
        errors: of the frames and their views.
        remoteness: (N',).
        frames: how many there are without their views.
    """
    candidates = [(slope, _sigma(errors, slope, remoteness, frames)) for slope in SLOPES]
    told = np.quantile(np.abs(errors), ONE_SIGMA, axis=0) > FLOOR  # (6,)
    if not told.any():
        return candidates[0]
    return min(
        candidates,
        key=lambda fit: _surprise(errors[:, told], fit[0], np.array(fit[1])[told], remoteness),
    )


def _sigma(errors: Array, slope: float, remoteness: Array, frames: int) -> Vector6:
    relative = np.abs(errors) / relative_growth(slope, remoteness)[:, None]
    levels = [_level(share, frames) for share in (ONE_SIGMA, TWO_SIGMA)]
    one, two = np.quantile(relative, levels, axis=0, method="inverted_cdf")
    x, y, z, rx, ry, rz = np.maximum(np.maximum(one, two / 2.0), FLOOR).tolist()
    return x, y, z, rx, ry, rz


def _level(share: float, frames: int) -> float:
    """Return which quantile of n frames holds a share of further ones: ⌈(n + 1) share⌉ / n.

    The quantile of that share itself covers fewer new frames, the more so the fewer it is taken
    from: the worst one of ten is exceeded once in eleven. The level is that of split conformal
    prediction (Lei et al. 2018, Algorithm 2), whose guarantee needs frames that have nothing to do
    with each other. Below 21 even the worst one is too low for 2σ. Views are not new frames.
    """
    return min(1.0, math.ceil((frames + 1) * share) / frames)


def _surprise(errors: Array, slope: float, sigma: Array, remoteness: Array) -> float:
    """Return the mean negative log-likelihood, up to a constant, of Laplacian errors.

    They fall within b ln(1 / (1 - p)) with probability p; at 1σ that is σ.
    """
    scale = sigma * relative_growth(slope, remoteness)[:, None] / -np.log1p(-ONE_SIGMA)
    return float(np.mean(np.log(scale) + np.abs(errors) / scale))


def _units(
    recorded: Answers, training_poses: Sequence[Pose], novelty: Mapping[str, Array]
) -> Remoteness:
    """Return what is usual between training frames; slopes are not known yet."""
    nearest = nearest_poses(training_poses, recorded.truth)
    pairs = list(zip(recorded.truth, nearest, strict=True))
    return Remoteness(
        novelty={name: _median(values) for name, values in novelty.items()},
        position_m=_median([pose.distance_m(other) for pose, other in pairs]),
        rotation_rad=_median([math.radians(pose.angle_deg(other)) for pose, other in pairs]),
    )


def _agreement(disagreement: Array) -> Agreement:
    return Agreement(median=_median(disagreement), limit=CONTRADICTION * _usual(disagreement))


def _median(values: Array | Sequence[float]) -> float:
    return max(float(np.median(values)), LEAST)


def _usual(values: Array) -> float:
    return max(float(np.quantile(values, USUAL)), LEAST)
