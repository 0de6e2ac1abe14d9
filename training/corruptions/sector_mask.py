"""`SectorMask`: a sector of a lidar's view without returns."""

from dataclasses import dataclass

import numpy as np

from training.corruptions.corruption import random_of
from training.corruptions.sensor_data import with_data
from training.corruptions.square_mask import SHARE
from vmloc_ros.frame import Frame


@dataclass(frozen=True, slots=True)
class SectorMask:
    """Removes the returns from a sector of azimuth, at every elevation.

    The picture of a lidar is a cylinder of columns of equal azimuth; `SHARE` of the columns is the
    share of the picture that the square takes of an image: 19.2° of a full turn.
    """

    azimuth_deg: float
    """Field of view about the forward direction, x; the sector lies within it."""

    def __call__(self, frame: Frame, seed: int) -> Frame:
        """Return the frame without those returns."""
        points, view = frame.points, np.radians(self.azimuth_deg)
        assert points is not None
        start = random_of(frame, seed, "lidar mask").uniform(0.0, self._free() * view)
        azimuth = np.arctan2(points[:, 1], points[:, 0])
        from_start = (azimuth + view / 2.0 - start) % (2.0 * np.pi)
        return with_data(frame, "lidar", points[from_start >= SHARE * view])

    def _free(self) -> float:
        """Return the share of the view in which a sector can start: a full turn has no edges."""
        return 1.0 if self.azimuth_deg == 360.0 else 1.0 - SHARE
