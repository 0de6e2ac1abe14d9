"""`SpinningLidar`: a sweep of a lidar with beams one above the other."""

from functools import cached_property

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.recordings.surroundings import Surroundings
from training.recordings.triangles import Bools, Floats, Hits
from vmloc_ros.pose import Pose

RANGE_NOISE_M = 0.02
NEAREST_M = 0.3
LOST = 0.01
"""Fraction of rays without a return from near by."""
DIVERGENCE_RAD = 3e-3
LUMA = np.array([0.299, 0.587, 0.114], np.float32)

T_CAMERA_LIDAR = np.array(
    [
        [0.0, -1.0, 0.0, 0.0],
        [0.0, 0.0, -1.0, -0.12],
        [1.0, 0.0, 0.0, -0.05],
        [0.0, 0.0, 0.0, 1.0],
    ]
)
"""The lidar (x forward, y left, z up) sits 12 cm above and 5 cm behind the camera."""


class SpinningLidar:
    """A lidar on the camera. A sweep is taken at one moment: it is not distorted by motion.

    Args:
        beams: one above the other.
        columns: of a turn.
        elevations_deg: of the lowest and of the highest beam.
        farthest_m: no returns beyond.
        lost_far: fraction of rays without a return at `farthest_m`; it grows with the square of
            the distance.
        T_camera_lidar: (4, 4) where it sits; x forward, y left, z up.
    """

    def __init__(
        self,
        beams: int = 16,
        columns: int = 360,
        elevations_deg: tuple[float, float] = (-15.0, 15.0),
        farthest_m: float = 100.0,
        lost_far: float = LOST,
        T_camera_lidar: NDArray[np.float64] = T_CAMERA_LIDAR,
    ) -> None:
        self._beams, self._columns = beams, columns
        self._elevations_deg = elevations_deg
        self._farthest_m, self._lost_far = farthest_m, lost_far
        self.T_camera_lidar = T_camera_lidar

    def points(self, world: Surroundings, T_map_camera: Pose, rng: Generator) -> Floats:
        """Return returns (N, 4): x, y, z in the lidar frame, metres, and intensity 0 … 255."""
        T_map_lidar = T_map_camera @ Pose.from_matrix(self.T_camera_lidar)
        rotation = T_map_lidar.rotation.as_matrix().astype(np.float32)
        hits = world.cast(T_map_lidar.position.astype(np.float32), self._rays @ rotation.T)
        noise = rng.standard_normal(len(hits.reach), dtype=np.float32) * np.float32(RANGE_NOISE_M)
        returned = self._in_range(hits) & (rng.random(len(hits.reach)) >= self._lost(hits))
        hits = hits[returned]
        points = (hits.reach + noise[returned])[:, None] * self._rays[returned]
        intensity = world.albedo(hits, hits.reach * np.float32(DIVERGENCE_RAD)) @ LUMA
        return np.concatenate([points, intensity[:, None]], axis=1).astype(np.float32)

    def _in_range(self, hits: Hits) -> Bools:
        return (hits.reach > NEAREST_M) & (hits.reach < self._farthest_m)

    def _lost(self, hits: Hits) -> Floats:
        """Return the probability (N,) that a ray has no return."""
        far = np.minimum(hits.reach / np.float32(self._farthest_m), 1.0)
        return np.asarray(LOST + (self._lost_far - LOST) * np.square(far))

    @cached_property
    def _rays(self) -> Floats:
        """Unit vectors (columns · beams, 3) in the lidar frame."""
        azimuth, elevation = np.meshgrid(
            np.linspace(-np.pi, np.pi, self._columns, endpoint=False),
            np.deg2rad(np.linspace(*self._elevations_deg, self._beams)),
            indexing="ij",
        )
        flat = np.cos(elevation)
        rays = [flat * np.cos(azimuth), flat * np.sin(azimuth), np.sin(elevation)]
        return np.stack(rays, axis=-1).reshape(-1, 3).astype(np.float32)
