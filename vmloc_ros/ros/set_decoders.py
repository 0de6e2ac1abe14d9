"""`SetDecoders`: the decoders of each set; its cloud is brought to its image."""

from dataclasses import replace
from functools import partial
from typing import Any

from vmloc_ros.messages import Decoders, MovingLidar, stamp_ns
from vmloc_ros.messages.frame_set import STREAMS
from vmloc_ros.messages.header import frame_id
from vmloc_ros.ros.inputs import SensorSet
from vmloc_ros.ros.lidar_motion import LidarMotion
from vmloc_ros.sweeps import MotionSource


class SetDecoders:
    """Chooses decoders set by set, in the order of time, in one thread.

    Args:
        decoders: of the messages.
        sweeps: how many are put together.
        motion: of the lidar.
    """

    def __init__(self, decoders: Decoders, sweeps: int, motion: LidarMotion) -> None:
        self._decoders = decoders
        self._motion = motion
        self._moment = ("", 0)
        self._has_cloud = False
        self._lidar = MovingLidar(sweeps, self._find_motion, decoders.sweep)

    @property
    def motion_missing(self) -> str:
        """Why the last set's cloud was not moved as it should have been; empty where it was."""
        if not (self._has_cloud and self._lidar.wants_motion and self._lidar.missing):
            return ""
        return self._motion.missing or self._lidar.missing

    def add_cloud(self, msg: Any) -> None:
        """Take a cloud, whether or not it will be part of a set. From any thread."""
        self._lidar.add(msg)

    def choose(self, sensors: SensorSet) -> Decoders:
        """Return the decoders of a set.

        Raises:
            MessageError: its first message has no stamp.
        """
        self._has_cloud = "lidar" in sensors
        if not self._has_cloud:
            return self._decoders
        first = next(stream for stream in STREAMS if stream in sensors)
        at_ns = stamp_ns(sensors[first])
        self._moment = (frame_id(sensors[first]) if first != "lidar" else "", at_ns)
        return replace(self._decoders, points=partial(self._lidar.points, at_ns=at_ns))

    def _find_motion(self, lidar_frame: str) -> MotionSource | None:
        return self._motion.find(*self._moment)
