"""What held-out frames say about a trained model: errors, agreement of its experts, novelty."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from training.cache import CachedFrames
from vmloc_ros.calibration import Agreement, Calibration, Vector6, key, subsets
from vmloc_ros.errors import RecordingError
from vmloc_ros.familiarity import Familiarity
from vmloc_ros.model.fusion import product_of_experts
from vmloc_ros.model.vmloc import VMLoc
from vmloc_ros.pose import Array, Pose, PoseNormalizer, error_vector
from vmloc_ros.preprocessing import Preprocessor

ONE_SIGMA, TWO_SIGMA = 0.6827, 0.9545
FLOOR = np.array([1e-3] * 3 + [1e-3] * 3)
"""Smallest σ that is ever claimed: 1 mm, 1 mrad."""
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
LEAST = 1e-3
"""Smallest typical value that is believed, where there are few frames or all are alike."""
BATCH = 32


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What a model says of N frames."""

    appearance: Mapping[str, Tensor]
    """For each modality (N, A)."""
    present: NDArray[np.bool_]
    """(N, M)."""
    errors: Mapping[tuple[str, ...], Array]
    """(N, 6) with each set of modalities, position (m) and rotation (rad) about the axes of map."""
    alone: Mapping[str, list[Pose]]
    """The pose that each expert alone names, of each frame."""


def calibrate(
    network: VMLoc,
    held_out: CachedFrames,
    appearance: Mapping[str, Tensor],
    normalizer: PoseNormalizer,
    preprocessor: Preprocessor,
) -> Calibration:
    """Measure on held-out frames, with each set of the modalities.

    σ is a quantile of the absolute error on each axis, not the standard deviation: pose errors have
    heavy tails, and a few outliers would make it say little about the rest. Of 1σ and half of 2σ,
    the 68.27 and 95.45 % quantiles, it is the larger one. Errors are first divided by the growth
    that the disagreement of the experts gives them (`Calibration.covariance`).

    Args:
        network: in evaluation mode, on the CPU.
        held_out: frames it was not trained on.
        appearance: of training images, from `training_appearance`.
        normalizer: of its poses.
        preprocessor: of its inputs.

    Raises:
        RecordingError: no held-out frame has all modalities of a set.
    """
    names = preprocessor.modalities
    answers = _answer(network, held_out, normalizer, preprocessor)
    rows = {present: _complete(answers, names, present) for present in subsets(names)}
    sigma = {key((name,)): _sigma(answers.errors[(name,)][rows[(name,)]]) for name in names}
    limits = _novelty_limits(answers, appearance, names)
    agreement = {}
    singles = Calibration(sigma=sigma, agreement={}, novelty_limit=limits)
    for present in subsets(names)[len(names) :]:
        disagreement = _disagreement(singles, answers, present)[rows[present]]
        usual = max(float(np.median(disagreement)), LEAST)
        growth = np.maximum(1.0, disagreement / usual)
        sigma[key(present)] = _sigma(answers.errors[present][rows[present]] / growth[:, None])
        agreement[key(present)] = Agreement(
            median=usual, limit=CONTRADICTION * _usual(disagreement)
        )
    return Calibration(sigma=sigma, agreement=agreement, novelty_limit=limits)


@torch.inference_mode()
def training_appearance(
    network: VMLoc, frames: CachedFrames, preprocessor: Preprocessor
) -> dict[str, Tensor]:
    """Return the appearance (N', A) of training images, evenly chosen, by modality."""
    rows = np.unique(np.linspace(0, len(frames) - 1, min(len(frames), IMAGES)).round().astype(int))
    parts: dict[str, list[Tensor]] = {name: [] for name in preprocessor.modalities}
    for start in range(0, len(rows), BATCH):
        batch = frames.__getitems__(rows[start : start + BATCH].tolist())
        experts = network.experts(preprocessor.encode(batch), batch["present"])
        for column, (name, appearance) in enumerate(experts.appearance.items()):
            parts[name].append(appearance[batch["present"][:, column]])
    return {name: torch.cat(part) for name, part in parts.items()}


@torch.inference_mode()
def _answer(
    network: VMLoc, frames: CachedFrames, normalizer: PoseNormalizer, preprocessor: Preprocessor
) -> Answers:
    truth = [frames.cache.poses[index] for index in frames.indices]
    appearance: dict[str, list[Tensor]] = {name: [] for name in preprocessor.modalities}
    poses = {present: list[Pose]() for present in subsets(preprocessor.modalities)}
    for start in range(0, len(frames), BATCH):
        batch = frames.__getitems__(list(range(start, min(start + BATCH, len(frames)))))
        experts = network.experts(preprocessor.encode(batch), batch["present"])
        for present, answered in poses.items():
            keep = torch.tensor([name in present for name in preprocessor.modalities])
            posterior = product_of_experts(
                experts.means, experts.variances, batch["present"] & keep
            )
            answered += [normalizer.decode(y) for y in network.decode(posterior.mean).numpy()]
        for name, values in experts.appearance.items():
            appearance[name].append(values)
    return Answers(
        appearance={name: torch.cat(values) for name, values in appearance.items()},
        present=frames.cache.present[frames.indices],
        errors={present: _errors(answered, truth) for present, answered in poses.items()},
        alone={name: poses[(name,)] for name in preprocessor.modalities},
    )


def _complete(answers: Answers, names: Sequence[str], present: Sequence[str]) -> NDArray[np.bool_]:
    """Return which frames (N,) have all of a set of modalities."""
    columns = [names.index(name) for name in present]
    rows = np.asarray(answers.present[:, columns].all(axis=1))
    if not rows.any():
        raise RecordingError(f"no held-out frame has {' and '.join(present)} at once")
    return rows


def _errors(poses: Sequence[Pose], truth: Sequence[Pose]) -> Array:
    return np.stack([error_vector(*pair) for pair in zip(poses, truth, strict=True)])


def _sigma(errors: Array) -> Vector6:
    one, two = np.quantile(np.abs(errors), [ONE_SIGMA, TWO_SIGMA], axis=0)
    x, y, z, rx, ry, rz = np.maximum(np.maximum(one, two / 2.0), FLOOR).tolist()
    return x, y, z, rx, ry, rz


def _disagreement(calibration: Calibration, answers: Answers, present: Sequence[str]) -> Array:
    """Return the disagreement (N,) of the experts of a set."""
    frames = zip(*(answers.alone[name] for name in present), strict=True)
    return np.array(
        [calibration.disagreement(dict(zip(present, poses, strict=True))) for poses in frames]
    )


def _novelty_limits(
    answers: Answers, appearance: Mapping[str, Tensor], names: Sequence[str]
) -> dict[str, float]:
    familiarity, limits = Familiarity(appearance), {}
    for column, name in enumerate(names):
        seen = answers.appearance[name][torch.from_numpy(answers.present[:, column])]
        limits[name] = FOREIGN * _usual(familiarity.distance(name, seen).numpy())
    return limits


def _usual(values: Array) -> float:
    return max(float(np.quantile(values, USUAL)), LEAST)
