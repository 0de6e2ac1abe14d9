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
    """Makes each pixel, depth up to 8 m and point in a box of 100 m as likely as any other."""

    modalities: tuple[str, ...]

    def __call__(self, frame: Frame, seed: int) -> Frame:
        """Return the frame with noise in place of what it has of these modalities."""
        for modality in self.modalities:
            data = data_of(frame, modality)
            if data is not None:
                rng = random_of(frame, seed, f"{modality} white noise")
                frame = with_data(frame, modality, _NOISE[modality](rng, data))
        return frame


def _colour(rng: Generator, image: NDArray[Any]) -> NDArray[Any]:
    return rng.integers(0, 256, image.shape, np.uint8)


def _depth(rng: Generator, image: NDArray[Any]) -> NDArray[Any]:
    return rng.integers(0, DEEPEST_MM, image.shape, np.uint16, endpoint=True)


def _points(rng: Generator, points: NDArray[Any]) -> NDArray[Any]:
    """Keep the intensities, in another order: some lidars count to 1, others to 255."""
    xyz = rng.uniform(-FARTHEST_M, FARTHEST_M, (len(points), 3))
    return np.column_stack([xyz, rng.permutation(points[:, 3])]).astype(np.float32)


_NOISE = {"rgb": _colour, "depth": _depth, "lidar": _points}
