"""`DepthNoise`: the noise of a depth camera, which grows with the square of the distance."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.corruptions.corruption import random_of
from training.corruptions.sensor_data import with_data
from vmloc_ros.frame import Frame


@dataclass(frozen=True, slots=True)
class DepthNoise:
    """Adds a multiple of the axial noise that Nguyen et al. (2012) measured on the Kinect."""

    factor: float

    def __call__(self, frame: Frame, seed: int) -> Frame:
        """Return the frame with noisy depth; there are returns where there were some."""
        depth_mm = frame.depth_mm
        assert depth_mm is not None
        noise = random_of(frame, seed, "depth noise").standard_normal(depth_mm.shape, np.float32)
        noisy = np.clip(np.rint(depth_mm + self.factor * _sigma_mm(depth_mm) * noise), 1, 65534)
        return with_data(frame, "depth", np.where(depth_mm > 0, noisy, 0).astype(np.uint16))


def _sigma_mm(depth_mm: NDArray[np.uint16]) -> NDArray[np.float32]:
    """Return 1.2 mm + 1.9 mm · (z − 0.4)², z in metres."""
    z_m = depth_mm.astype(np.float32) / 1000.0
    sigma_mm: NDArray[np.float32] = 1.2 + 1.9 * np.square(z_m - 0.4)
    return sigma_mm
