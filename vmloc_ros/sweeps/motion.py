"""`Motion`: how a body moved, as far as it is known, and `MotionSource`: what tells of it."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vmloc_ros.pose import Pose
from vmloc_ros.sweeps.poses import Poses


class Motion(Protocol):
    """Poses of a body in a frame that does not move, whichever it is."""

    @property
    def translates(self) -> bool:
        """Whether positions are known; a gyroscope knows rotations alone."""
        ...

    def at(self, stamp_ns: int) -> Pose | None:
        """Return `T_fixed_body` at a time; None where it is not known."""
        ...

    def at_many(self, stamps_ns: NDArray[np.int64]) -> Poses:
        """Return `T_fixed_body` at times (M,)."""
        ...

    def why_unknown(self, stamp_ns: int) -> str:
        """Say why `at` has no answer for the time of an image; empty where it has."""
        ...


class MotionSource(Protocol):
    """What tells of a motion."""

    def until(self, stamp_ns: int) -> Motion:
        """Return what was known at a time, made of nothing that is stamped later."""
        ...
