"""`Darkness`: a colour image with less light."""

from dataclasses import dataclass

import numpy as np

from training.corruptions.sensor_data import with_data
from vmloc_ros.frame import Frame

GAMMA = 2.2
"""A pixel is the light to the power of 1 / GAMMA."""


@dataclass(frozen=True, slots=True)
class Darkness:
    """Leaves a share of the light; exposure and gain stay, so that grey levels are lost."""

    light: float
    """Share of it in 0 … 1."""

    def __call__(self, frame: Frame, seed: int) -> Frame:
        """Return the frame with a dark image."""
        assert frame.rgb is not None
        levels = np.rint(np.arange(256) * self.light ** (1.0 / GAMMA)).astype(np.uint8)
        return with_data(frame, "rgb", levels[frame.rgb])
