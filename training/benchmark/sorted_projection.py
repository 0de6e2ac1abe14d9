"""The yardstick: projections in NumPy that sort the points and write the nearest last."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vmloc_ros.config import LidarConfig
from vmloc_ros.frame import Camera

Array = NDArray[np.float32]


class SortedCylindricalProjection:
    """`CylindricalProjection` of one cloud, in NumPy."""

    def __init__(self, config: LidarConfig) -> None:
        self._config = config
        self._top, self._bottom, self._left = np.radians(
            [config.elevation_max_deg, config.elevation_min_deg, config.azimuth_deg / 2.0]
        ).tolist()

    def __call__(self, points: Array) -> Array:
        """Return the picture (R, C, 3) of range, height and intensity of points (N, 4)."""
        config = self._config
        x, y, z = points[:, :3].T
        distance = np.sqrt(x * x + y * y + z * z)
        elevation = np.arcsin(z / np.maximum(distance, 1e-9))
        row = (self._top - elevation) * (config.rows / (self._top - self._bottom))
        column = (self._left - np.arctan2(y, x)) * (config.columns / (2.0 * self._left))
        if config.azimuth_deg == 360.0:
            column = np.minimum(column, config.columns - 0.5)
        seen = (distance >= config.range_min_m) & (distance <= config.range_max_m)
        channels = np.stack([distance, z, points[:, 3]], axis=1)
        return _paint((config.rows, config.columns), row, column, distance, seen, channels)


class SortedPinholeProjection:
    """`PinholeProjection` of one cloud without distortion, in NumPy."""

    def __init__(self, camera: Camera, T_camera_lidar: NDArray[np.float64]) -> None:
        self._camera = camera
        self._T_camera_lidar = T_camera_lidar.astype(np.float32)

    def __call__(self, points: Array) -> Array:
        """Return the depth image (H, W) of points (N, 4)."""
        camera, T = self._camera, self._T_camera_lidar
        in_camera = points[:, :3] @ T[:3, :3].T + T[:3, 3]
        in_camera = in_camera[in_camera[:, 2] > 0.0]
        x, y, depth = in_camera.T
        row = y / depth * camera.fy + (camera.cy + 0.5)
        column = x / depth * camera.fx + (camera.cx + 0.5)
        shape = (camera.height, camera.width)
        return _paint(shape, row, column, depth, depth > 0.0, depth[:, None])[..., 0]


def _paint(
    shape: Sequence[int],
    row: Array,
    column: Array,
    distance: Array,
    seen: NDArray[np.bool_],
    channels: Array,
) -> Array:
    """Write the channels (N, K) of the points to their cells, the farthest first."""
    rows, columns = shape
    seen = seen & (row >= 0.0) & (row < rows) & (column >= 0.0) & (column < columns)
    order = np.argsort(-distance[seen])
    cells = row[seen].astype(np.int64) * columns + column[seen].astype(np.int64)
    picture = np.zeros((rows * columns, channels.shape[1]), np.float32)
    picture[cells[order]] = channels[seen][order]
    return picture.reshape(rows, columns, -1)
