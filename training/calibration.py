"""How large the errors of a trained model are, for each set of present modalities."""

import numpy as np
import torch

from training.cache import CachedFrames
from training.consistency import error_vector
from vmloc_ros.bundle import Vector6, subsets
from vmloc_ros.model.vmloc import VMLoc
from vmloc_ros.pose import Array, PoseNormalizer
from vmloc_ros.preprocessing import Preprocessor

ONE_SIGMA = 0.6827
FLOOR = np.array([1e-3] * 3 + [1e-3] * 3)
"""Smallest σ that is ever claimed: 1 mm, 1 mrad."""


def calibrate(
    network: VMLoc, frames: CachedFrames, normalizer: PoseNormalizer, preprocessor: Preprocessor
) -> dict[str, Vector6]:
    """Measure σ on held-out frames with each subset of the modalities.

    σ is the 68.27 % quantile of the absolute error on each axis, not the standard deviation: pose
    errors have heavy tails, and a few outliers would make it say little about the rest.

    Returns:
        For each subset, names joined by "+": σ along x y z (m) and about the axes of map (rad).
    """
    return {
        "+".join(subset): _sigma(_errors(network, frames, normalizer, preprocessor, subset))
        for subset in subsets(preprocessor.modalities)
    }


@torch.inference_mode()
def _errors(
    network: VMLoc,
    frames: CachedFrames,
    normalizer: PoseNormalizer,
    preprocessor: Preprocessor,
    subset: tuple[str, ...],
    batch_size: int = 32,
) -> Array:
    """Return position (m) and rotation (rad) errors about the axes of map, (N, 6)."""
    keep = torch.tensor([name in subset for name in preprocessor.modalities])
    errors = []
    for start in range(0, len(frames), batch_size):
        batch = frames.__getitems__(list(range(start, min(start + batch_size, len(frames)))))
        answer = network(preprocessor.encode(batch), batch["present"] & keep)
        for y, index in zip(answer.numpy(), batch["index"].tolist(), strict=True):
            errors.append(error_vector(normalizer.decode(y), frames.cache.poses[index]))
    return np.stack(errors)


def _sigma(errors: Array) -> Vector6:
    sigma = np.maximum(np.quantile(np.abs(errors), ONE_SIGMA, axis=0), FLOOR)
    x, y, z, rx, ry, rz = (float(value) for value in sigma)
    return x, y, z, rx, ry, rz
