"""`Blur`: a colour image out of focus."""

from dataclasses import dataclass

import cv2

from training.corruptions.corruption import pixels
from training.corruptions.sensor_data import with_data
from vmloc_ros.frame import Frame


@dataclass(frozen=True, slots=True)
class Blur:
    """Blurs the colour image with a Gaussian."""

    sigma_px: float

    def __call__(self, frame: Frame, seed: int) -> Frame:
        """Return the frame with a blurred image."""
        assert frame.rgb is not None
        sigma = pixels(self.sigma_px, frame.rgb.shape[1])
        return with_data(frame, "rgb", cv2.GaussianBlur(frame.rgb, (0, 0), sigma))
