"""`WhiteNoise`: nothing but noise, as from a broken cable."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.corruptions.corruption import random_of
from training.corruptions.sensor_data import data_of, with_data
from vmloc_ros.frame import Frame

DEEPEST_MM = 8000
FARTHEST_M = 50.0


@dataclass(frozen=True, slots=True)
class WhiteNoise:
    """Makes each pixel, each depth up to 8 m and each point within 50 m as likely as any other."""

    modalities: tuple[str, ...]

    def __call__(self, frame: Frame, seed: int) -> Frame:
        """Return the frame with noise in place of what it has of these modalities."""
        for modality in self.modalities:
            data = data_of(frame, modality)
            if data is not None:
                rng = random_of(frame, seed, f"{modality} white noise")
                frame = with_data(frame, modality, _NOISE[modality](rng, data.shape))
        return frame


def _colour(rng: Generator, shape: tuple[int, ...]) -> NDArray[Any]:
    return rng.integers(0, 256, shape, np.uint8)


def _depth(rng: Generator, shape: tuple[int, ...]) -> NDArray[Any]:
    return rng.integers(0, DEEPEST_MM, shape, np.uint16, endpoint=True)


def _points(rng: Generator, shape: tuple[int, ...]) -> NDArray[Any]:
    points = rng.uniform(-1.0, 1.0, shape) * [FARTHEST_M, FARTHEST_M, FARTHEST_M, 1.0]
    points[:, 3] = np.abs(points[:, 3])
    return points.astype(np.float32)


_NOISE = {"rgb": _colour, "depth": _depth, "lidar": _points}
