"""`SpinningLidar`: a sweep of a 16-beam lidar in a room."""

from functools import cached_property

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.recordings.room import Floats, Room
from vmloc_ros.pose import Pose

BEAMS, COLUMNS = 16, 360
HALF_FIELD_DEG = 15.0
RANGE_NOISE_M = 0.02
NEAREST_M = 0.3
LOST = 0.01
"""Fraction of rays without a return."""
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
    """A lidar on the camera. A sweep is taken at one moment: it is not distorted by motion."""

    def points(self, room: Room, T_map_camera: Pose, rng: Generator) -> NDArray[np.float32]:
        """Return returns (N, 4): x, y, z in the lidar frame, metres, and intensity 0 … 255."""
        T_map_lidar = T_map_camera @ Pose.from_matrix(T_CAMERA_LIDAR)
        rotation = T_map_lidar.rotation.as_matrix().astype(np.float32)
        hits = room.cast(T_map_lidar.position.astype(np.float32), self._rays @ rotation.T)
        noise = rng.standard_normal(len(hits.reach), dtype=np.float32) * np.float32(RANGE_NOISE_M)
        lost = rng.random(len(hits.reach)) < LOST
        returned = (hits.reach > NEAREST_M) & ~lost
        hits = hits[returned]
        points = (hits.reach + noise[returned])[:, None] * self._rays[returned]
        intensity = room.albedo(hits, hits.reach * np.float32(DIVERGENCE_RAD)) @ LUMA
        return np.concatenate([points, intensity[:, None]], axis=1).astype(np.float32)

    @cached_property
    def _rays(self) -> Floats:
        """Unit vectors (columns · beams, 3) in the lidar frame."""
        azimuth, elevation = np.meshgrid(
            np.linspace(-np.pi, np.pi, COLUMNS, endpoint=False),
            np.deg2rad(np.linspace(-HALF_FIELD_DEG, HALF_FIELD_DEG, BEAMS)),
            indexing="ij",
        )
        flat = np.cos(elevation)
        rays = [flat * np.cos(azimuth), flat * np.sin(azimuth), np.sin(elevation)]
        return np.stack(rays, axis=-1).reshape(-1, 3).astype(np.float32)
