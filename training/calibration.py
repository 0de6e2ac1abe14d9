"""What held-out frames say about a trained model: errors, agreement of its experts, novelty."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from training.answers import Answers, batches
from training.cache import Batch, CachedFrames
from vmloc_ros.calibration import Agreement, Calibration, Vector6, key, subsets
from vmloc_ros.familiarity import Familiarity
from vmloc_ros.model.vmloc import VMLoc
from vmloc_ros.pose import Array, PoseNormalizer
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
VIEWS = 4
"""Views of each held-out frame."""
LEAST = 1e-3
"""Smallest typical value that is believed, where there are few frames or all are alike."""


def calibrate(
    network: VMLoc,
    held_out: CachedFrames,
    appearance: Mapping[str, Tensor],
    normalizer: PoseNormalizer,
    preprocessor: Preprocessor,
    views: Sequence[Callable[[Batch], Batch]] = (),
) -> Calibration:
    """Measure on held-out frames, with each set of the modalities.

    Held-out frames lie between training frames of the same path, and errors on them are those of a
    robot that drives that path again. `views` of them, from where the recording was not, are what
    a robot beside the path sees; σ and the agreement of the experts are measured on these.

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
        views: ways of looking at the frames, with true labels; none: only as they are.

    Raises:
        RecordingError: no held-out frame has all modalities of a set.
    """
    names = preprocessor.modalities
    recorded = Answers.of(network, held_out, normalizer, preprocessor)
    answers = recorded
    if views:
        answers = Answers.of(network, held_out, normalizer, preprocessor, views)
    single = Calibration(
        sigma={key((name,)): _sigma(answers.errors((name,))) for name in names},
        agreement={},
        novelty_limit=_novelty_limits(recorded, appearance),
    )
    sigma, agreement = dict(single.sigma), dict[str, Agreement]()
    sets = subsets(names)[len(names) :]
    if not network.config.fuses_experts:
        sigma |= {key(several): _sigma(answers.errors(several)) for several in sets}
        return single.model_copy(update={"sigma": sigma})
    for several in sets:
        disagreement = answers.disagreement(several, single)
        usual = _agreement(disagreement)
        growth = np.array([usual.growth(value) for value in disagreement])
        sigma[key(several)] = _sigma(answers.errors(several) / growth[:, None])
        agreement[key(several)] = usual
    return Calibration(sigma=sigma, agreement=agreement, novelty_limit=single.novelty_limit)


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


def _sigma(errors: Array) -> Vector6:
    one, two = np.quantile(np.abs(errors), [ONE_SIGMA, TWO_SIGMA], axis=0)
    x, y, z, rx, ry, rz = np.maximum(np.maximum(one, two / 2.0), FLOOR).tolist()
    return x, y, z, rx, ry, rz


def _agreement(disagreement: Array) -> Agreement:
    median = max(float(np.median(disagreement)), LEAST)
    return Agreement(median=median, limit=CONTRADICTION * _usual(disagreement))


def _novelty_limits(answers: Answers, appearance: Mapping[str, Tensor]) -> dict[str, float]:
    familiarity = Familiarity(appearance)
    return {
        name: FOREIGN * _usual(familiarity.distance(name, answers.images(name)).numpy())
        for name in answers.modalities
    }


def _usual(values: Array) -> float:
    return max(float(np.quantile(values, USUAL)), LEAST)
