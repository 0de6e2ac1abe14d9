"""`MovingLidar`: clouds of a lidar that moves → points at the moment of an image."""

import logging
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vmloc_ros.errors import MessageError
from vmloc_ros.messages.header import frame_id
from vmloc_ros.messages.point_cloud import decode_sweep
from vmloc_ros.sweeps import MotionSource, Sweep, SweepAssembler
from vmloc_ros.sweeps.sweep_assembler import AHEAD

logger = logging.getLogger(__name__)


class MovingLidar:
    """Decodes the cloud of a frame, and those before it, as if all were seen with the image.

    `add` may be called from any thread, the rest from one.

    Args:
        count: sweeps that are put together, 1 or more.
        find_motion: what tells of the motion of a frame, by its name; None where nothing does.
        decode: of a message, as `decode_sweep`.
    """

    def __init__(
        self,
        count: int,
        find_motion: Callable[[str], MotionSource | None],
        decode: Callable[[Any], Sweep] = decode_sweep,
    ) -> None:
        self._assembler = SweepAssembler(count)
        self._count = count
        self._find_motion = find_motion
        self._decode = decode
        self._arrived: deque[Any] = deque(maxlen=count - 1 + AHEAD if count > 1 else 0)
        self._said: set[str] = set()
        self.wants_motion = False
        """Whether the last cloud was to be moved: it has times of points, or is one of several."""
        self._level = logging.WARNING if count > 1 else logging.INFO

    @property
    def missing(self) -> str:
        """Why the last cloud is not what was asked for; empty where it is."""
        return self._assembler.missing

    def add(self, msg: Any) -> None:
        """Keep a cloud, whether or not it will belong to an image."""
        self._arrived.append(msg)

    def points(self, msg: Any, at_ns: int) -> NDArray[np.float32]:
        """Decode a cloud as `decode_points` does, brought to a moment.

        Args:
            msg: the newest cloud that may be used.
            at_ns: stamp of its image.

        Raises:
            MessageError: it cannot be decoded.
        """
        sweep = self._decode(msg)
        while self._arrived:
            earlier = self._arrived.popleft()
            if earlier is not msg:
                self._keep(earlier)
        self.wants_motion = self._count > 1 or sweep.offsets_ns is not None
        points = self._assembler.assemble(sweep, at_ns, self._find_motion(frame_id(msg)))
        self._say_once("points are taken as seen at once", sweep.untimed)
        self._say_once("the sweep alone is taken, and as it is", self.missing)
        return points

    def _keep(self, msg: Any) -> None:
        try:
            self._assembler.add(self._decode(msg))
        except MessageError as err:
            self._say_once("a sweep is left out", str(err))

    def _say_once(self, what: str, why: str) -> None:
        if why and what not in self._said:
            self._said.add(what)
            logger.log(self._level, "lidar: %s: %s", what, why)
