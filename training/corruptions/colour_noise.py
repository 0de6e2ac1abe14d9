"""`ColourNoise`: the noise of an image sensor."""

from dataclasses import dataclass

import numpy as np

from training.corruptions.corruption import random_of
from training.corruptions.sensor_data import with_data
from vmloc_ros.frame import Frame


@dataclass(frozen=True, slots=True)
class ColourNoise:
    """Adds Gaussian noise to each channel of each pixel."""

    sigma: float
    """Grey levels of 255."""

    def __call__(self, frame: Frame, seed: int) -> Frame:
        """Return the frame with a noisy image."""
        assert frame.rgb is not None
        noise = random_of(frame, seed, "rgb noise").standard_normal(frame.rgb.shape, np.float32)
        noisy = np.rint(frame.rgb + np.float32(self.sigma) * noise)
        return with_data(frame, "rgb", np.clip(noisy, 0, 255).astype(np.uint8))
