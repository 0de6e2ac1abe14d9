"""`Rain`: returns from drops between the lidar and what it would see."""

from dataclasses import dataclass

import numpy as np

from training.corruptions.corruption import random_of
from training.corruptions.sensor_data import with_data
from vmloc_ros.frame import Frame

REACH_M = 5.0
"""Mean distance of the drops that are seen: farther ones send back too little."""
BRIGHTNESS = 0.1
"""Of a drop, relative to the surface behind it."""


@dataclass(frozen=True, slots=True)
class Rain:
    """Moves a share of the returns along their rays towards the lidar, and makes them faint.

    A ray whose drop would lie behind the surface keeps its return.
    """

    share: float

    def __call__(self, frame: Frame, seed: int) -> Frame:
        """Return the frame with drops among its points."""
        assert frame.points is not None
        points, rng = frame.points.copy(), random_of(frame, seed, "lidar rain")
        count = len(points)
        reach_m = np.maximum(np.linalg.norm(points[:, :3], axis=1), 1e-6)
        drop_m = rng.exponential(REACH_M, count)
        hit = (rng.random(count) < self.share) & (drop_m < reach_m)
        points[hit, :3] *= (drop_m / reach_m)[hit, None]
        points[hit, 3] *= BRIGHTNESS
        return with_data(frame, "lidar", points)
