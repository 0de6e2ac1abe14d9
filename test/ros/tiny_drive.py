"""A drive with a camera at 30 Hz and a lidar at 10 Hz that nobody triggers together."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from tiny_clouds import lidar_points
from tiny_images import FIRST_NS, rgb_pixels

from training.recordings.recording import LabelledFrame
from vmloc_ros.frame import Frame
from vmloc_ros.pose import Pose

CAMERA_NS, LIDAR_NS = 33_333_333, 100_000_000
PHASE_NS = 15_800_000
"""From an image to its sweep: more than `sync_slop_s`, less than half the camera's period."""
JITTER_NS = 300_000


class TinyDrive:
    """A recording whose frames hold one image or one sweep each, as they were taken.

    Args:
        sweeps: how many; there are three images to each.
        points: of each sweep.
    """

    path = Path("drive")
    splits = ()

    def __init__(self, sweeps: int, points: int = 2_000) -> None:
        self._sweeps = sweeps
        self._points = points

    def count(self, split: str = "all") -> int:
        return 4 * self._sweeps

    def frames(self, split: str = "all") -> Iterator[LabelledFrame]:
        moments = [(self.image_ns(number), "rgb", number) for number in range(3 * self._sweeps)]
        moments += [(self.sweep_ns(number), "lidar", number) for number in range(self._sweeps)]
        for at_ns, sensor, number in sorted(moments):
            frame = Frame(at_ns, "camera_optical_frame", **self._seen(sensor, number))
            position = np.array([(at_ns - FIRST_NS) * 1e-9, 0.0, 0.0])
            T_map_camera = Pose(position, np.array([0.0, 0.0, 0.0, 1.0]))
            yield LabelledFrame(f"{sensor} {number}", "seq-01", frame, T_map_camera)

    def image_ns(self, number: int) -> int:
        jitter_ns = np.random.default_rng(number).integers(-JITTER_NS, JITTER_NS)
        return FIRST_NS + number * CAMERA_NS + int(jitter_ns)

    def sweep_ns(self, number: int) -> int:
        return FIRST_NS + number * LIDAR_NS + PHASE_NS

    def _seen(self, sensor: str, number: int) -> dict[str, np.ndarray]:
        if sensor == "rgb":
            return {"rgb": rgb_pixels(number)}
        return {"points": lidar_points(number, self._points)}
