"""Sweeps of noise and their messages."""

from array import array

import numpy as np
from tiny_images import stamped

LIDAR_FRAME = "lidar"


def lidar_points(seed: int, count: int = 2_000) -> np.ndarray:
    """Returns (N, 4) all around, 3 to 30 m away."""
    rng = np.random.default_rng(seed)
    azimuth = rng.uniform(-np.pi, np.pi, count)
    elevation = np.deg2rad(rng.uniform(-20.0, 10.0, count))
    distance = rng.uniform(3.0, 30.0, count)
    flat = distance * np.cos(elevation)
    columns = [flat * np.cos(azimuth), flat * np.sin(azimuth), distance * np.sin(elevation)]
    return np.stack([*columns, rng.uniform(0.0, 255.0, count)], axis=-1).astype(np.float32)


def cloud(points: np.ndarray, stamp_ns: int) -> object:
    """Return sensor_msgs/PointCloud2 with x, y, z and intensity."""
    from sensor_msgs.msg import PointCloud2, PointField

    names = ("x", "y", "z", "intensity")
    fields = [PointField(name=n, offset=4 * i, datatype=7, count=1) for i, n in enumerate(names)]
    message = PointCloud2(height=1, width=len(points), fields=fields, point_step=16)
    message.row_step = 16 * len(points)
    data = array("B")
    data.frombytes(np.ascontiguousarray(points, "<f4").tobytes())
    message.data = data
    return stamped(message, stamp_ns, LIDAR_FRAME)
