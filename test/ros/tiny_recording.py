"""A recording of a few frames, for bags."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from training.recordings.recording import LabelledFrame
from vmloc_ros.frame import Camera, Frame
from vmloc_ros.pose import Pose


class TinyRecording:
    """Frames of noise, a tenth of a second apart.

    Args:
        frame_of: makes the frame of a number.
        length: how many.
    """

    path = Path("tiny")
    splits = ()

    def __init__(self, frame_of: Callable[[int], Frame], length: int) -> None:
        self._frame_of = frame_of
        self._length = length

    def count(self, split: str = "all") -> int:
        return self._length

    def frames(self, split: str = "all") -> Iterator[LabelledFrame]:
        camera = Camera(64, 48, 50.0, 50.0, 31.5, 23.5)
        for number in range(self._length):
            seen = self._frame_of(number)
            frame = Frame(
                seen.stamp_ns,
                seen.camera_frame,
                rgb=seen.rgb,
                depth_mm=seen.depth_mm,
                camera=camera,
            )
            T_map_camera = Pose(np.array([number, 0.0, 0.0]), np.array([0.0, 0.0, 0.0, 1.0]))
            yield LabelledFrame(str(number), "seq-01", frame, T_map_camera)
