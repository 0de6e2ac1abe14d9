"""`Sweep`: what a lidar saw in one turn or line, with the time of each point."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vmloc_ros.errors import MessageError


@dataclass(frozen=True, slots=True, eq=False)
class Sweep:
    """The points of one message. Arrays are not to be written to.

    Raises:
        MessageError: an array has another shape or type than stated here.
    """

    stamp_ns: int
    """Stamp of the message, nanoseconds."""
    points: NDArray[np.float32]
    """(N, 4) x, y, z (m) and intensity, each where the lidar was when it saw the point."""
    offsets_ns: NDArray[np.int64] | None = None
    """(N,) when each point was seen, relative to `stamp_ns`; None where that is not known."""
    untimed: str = ""
    """Why the times are not known."""

    def __post_init__(self) -> None:
        points, offsets_ns = self.points, self.offsets_ns
        if points.dtype != np.float32 or points.shape != (len(points), 4):
            raise MessageError(f"a sweep needs float32 N × 4, got {points.dtype} {points.shape}")
        if offsets_ns is None:
            return
        if offsets_ns.dtype != np.int64 or offsets_ns.shape != (len(points),):
            raise MessageError(
                f"the times of {len(points)} points must be as many int64, got "
                f"{offsets_ns.dtype} {offsets_ns.shape}"
            )

    @property
    def last_ns(self) -> int:
        """The time of the last point, and no earlier than the stamp."""
        if self.offsets_ns is None or self.offsets_ns.size == 0:
            return self.stamp_ns
        return self.stamp_ns + max(0, int(self.offsets_ns.max()))
