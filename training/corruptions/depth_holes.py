"""`DepthHoles`: surfaces without a return, as glass, black cloth or sunlight make them."""

from dataclasses import dataclass

import cv2
import numpy as np

from training.corruptions.corruption import random_of
from training.corruptions.sensor_data import with_data
from vmloc_ros.frame import Frame

GRID = (9, 12)
"""Rows and columns of the random field: holes are about as large as its cells."""


@dataclass(frozen=True, slots=True)
class DepthHoles:
    """Makes holes with smooth edges that cover a share of the image."""

    share: float

    def __call__(self, frame: Frame, seed: int) -> Frame:
        """Return the frame with holes in its depth."""
        depth_mm = frame.depth_mm
        assert depth_mm is not None
        coarse = random_of(frame, seed, "depth holes").standard_normal(GRID)
        field = cv2.resize(coarse, depth_mm.shape[::-1], interpolation=cv2.INTER_CUBIC)
        hole = field < np.quantile(field, self.share)
        return with_data(frame, "depth", np.where(hole, 0, depth_mm).astype(np.uint16))
