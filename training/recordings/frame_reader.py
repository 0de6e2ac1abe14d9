"""`FrameReader`: sets of messages of a bag → frames, in one pass."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from training.recordings.lidar_options import LidarOptions
from training.recordings.rig import Rig
from vmloc_ros.frame import Frame
from vmloc_ros.messages import BUILTIN, MovingLidar, decode_frame, stamp_ns
from vmloc_ros.messages.header import frame_id
from vmloc_ros.sweeps import MotionSource

logger = logging.getLogger(__name__)


class FrameReader:
    """Decodes sets in their order, as the node does.

    Args:
        rig: of the bag.
        options: how many sweeps are put together.
    """

    def __init__(self, rig: Rig, options: LidarOptions) -> None:
        self._rig = rig
        self._camera_frame = ""
        self._lidar = MovingLidar(options.sweeps, self._find_motion)
        self._has_warned = False

    def add_cloud(self, msg: Any) -> None:
        """Take a cloud, whether or not it belongs to a frame."""
        self._lidar.add(msg)

    def read(self, messages: Mapping[str, Any]) -> Frame:
        """Decode a set, keyed by stream, the camera's first.

        Raises:
            MessageError: see `decode_frame`.
        """
        reference = next(iter(messages.values()))
        self._camera_frame = frame_id(reference)
        points = partial(self._lidar.points, at_ns=stamp_ns(reference))
        decoders = replace(BUILTIN, points=points)
        return decode_frame(messages, self._rig.camera, self._rig.find_lidar(messages), decoders)

    def _find_motion(self, lidar_frame: str) -> MotionSource | None:
        motion = self._rig.find_motion(self._camera_frame, lidar_frame)
        if motion is None and self._rig.bodies and not self._has_warned:
            self._has_warned = True
            bodies = ", ".join(sorted(f"'{one.body}'" for one in self._rig.bodies))
            logger.warning(
                "lidar: no fixed transforms lead from '%s' to what moved: %s", lidar_frame, bodies
            )
        return motion
