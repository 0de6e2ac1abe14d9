"""`SquareMask`: a square of an image without content (level 1 of the paper)."""

import math
from dataclasses import dataclass

from training.corruptions.corruption import REFERENCE_HEIGHT_PX, REFERENCE_WIDTH_PX, random_of
from training.corruptions.sensor_data import data_of, with_data
from vmloc_ros.frame import Frame

SIDE_PX = 128
SHARE = SIDE_PX**2 / (REFERENCE_WIDTH_PX * REFERENCE_HEIGHT_PX)
"""Of the image that is masked: 5.3 %."""


@dataclass(frozen=True, slots=True)
class SquareMask:
    """Sets a square of `SHARE` of the image to 0, at a place where it fits whole.

    0 is black, and in depth no return. The side is 128 pixels in an image of 640 × 480.
    """

    modality: str

    def __call__(self, frame: Frame, seed: int) -> Frame:
        """Return the frame with a hole in its image."""
        image = data_of(frame, self.modality)
        assert image is not None
        height, width = image.shape[:2]
        side = min(round(math.sqrt(SHARE * height * width)), height, width)
        rng = random_of(frame, seed, f"{self.modality} mask")
        top, left = rng.integers(height - side + 1), rng.integers(width - side + 1)
        masked = image.copy()
        masked[top : top + side, left : left + side] = 0
        return with_data(frame, self.modality, masked)
