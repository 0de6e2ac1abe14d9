"""`Dropout`: returns of a lidar that do not come back."""

from dataclasses import dataclass

from training.corruptions.corruption import random_of
from training.corruptions.sensor_data import with_data
from vmloc_ros.frame import Frame


@dataclass(frozen=True, slots=True)
class Dropout:
    """Loses each return with the same probability."""

    share: float

    def __call__(self, frame: Frame, seed: int) -> Frame:
        """Return the frame with fewer points."""
        points = frame.points
        assert points is not None
        kept = random_of(frame, seed, "lidar dropout").random(len(points)) >= self.share
        return with_data(frame, "lidar", points[kept])
