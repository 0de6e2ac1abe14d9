"""Clouds to measure with: those of real scans, or one that looks like them."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vmloc_ros.errors import RecordingError

BEAMS = 128
MOUNT_M = 1.8
"""Height of the lidar above the ground."""


def spinning_cloud(size: int, seed: int = 0) -> NDArray[np.float32]:
    """Return points (size, 4) as of 128 beams over flat ground between walls, beam by beam."""
    rng = np.random.default_rng(seed)
    steps = -(-size // BEAMS)
    elevation = np.radians(np.linspace(15.0, -25.0, BEAMS))[:, None]
    azimuth = np.linspace(np.pi, -np.pi, steps, endpoint=False)
    walls_m = 20.0 + 12.0 * np.sin(3.0 * azimuth) + 6.0 * np.sign(np.sin(17.0 * azimuth))
    ground_m = MOUNT_M / np.maximum(np.tan(-elevation), 1e-3)
    across = np.minimum(walls_m, ground_m) + rng.normal(0.0, 0.02, (BEAMS, steps))
    x, y, z = across * np.cos(azimuth), across * np.sin(azimuth), across * np.tan(elevation)
    cloud = np.stack([x, y, z, rng.random((BEAMS, steps))], axis=-1).astype(np.float32)
    return cloud.reshape(-1, 4)[:size]


def scan_clouds(folder: Path, size: int) -> list[NDArray[np.float32]]:
    """Read a cloud (size, 4) for each scan of a folder: what a scan lacks comes from the next.

    Args:
        folder: of `.bin` files, float32 x y z intensity, as KITTI has them in `velodyne_points`.
        size: points of each cloud.

    Raises:
        RecordingError: no scans there, one that is cut off, or too few points in all of them.
    """
    scans = [_read(path) for path in sorted(folder.glob("*.bin"))]
    if not scans:
        raise RecordingError(f"{folder} has no scans: *.bin files of float32 x y z intensity")
    if sum(map(len, scans)) < size:
        raise RecordingError(
            f"{folder} has {sum(map(len, scans))} points; --points asks for {size}"
        )
    return [np.concatenate(scans[k:] + scans[:k])[:size] for k in range(len(scans))]


def _read(path: Path) -> NDArray[np.float32]:
    data = path.read_bytes()
    if len(data) % 16:
        raise RecordingError(f"{path} is cut off: {len(data)} bytes, not a multiple of 16")
    return np.frombuffer(data, np.float32).reshape(-1, 4)
