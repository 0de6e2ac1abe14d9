"""`MountedMotion`, `MountedSource`: the motion of a sensor that is fixed to a body."""

import numpy as np
from numpy.typing import NDArray

from vmloc_ros.pose import Pose
from vmloc_ros.sweeps.motion import Motion, MotionSource
from vmloc_ros.sweeps.poses import Poses


class MountedMotion:
    """The poses of a sensor from those of the body that carries it: a `Motion`.

    Where the body's rotations alone are known, the sensor turns about its own origin.

    Args:
        body: how the body moved.
        T_body_sensor: where the sensor sits.
    """

    def __init__(self, body: Motion, T_body_sensor: Pose) -> None:
        self._body = body
        turned_alone = Pose(np.zeros(3), T_body_sensor.quat_xyzw)
        self._mount = T_body_sensor if body.translates else turned_alone

    @property
    def translates(self) -> bool:
        """Whether positions are known."""
        return self._body.translates

    def at(self, stamp_ns: int) -> Pose | None:
        """Return `T_fixed_sensor` at a time; None where it is not known."""
        T_fixed_body = self._body.at(stamp_ns)
        return None if T_fixed_body is None else T_fixed_body @ self._mount

    def at_many(self, stamps_ns: NDArray[np.int64]) -> Poses:
        """Return `T_fixed_sensor` at times (M,)."""
        return self._body.at_many(stamps_ns) @ self._mount

    def why_unknown(self, stamp_ns: int) -> str:
        """Say why `at` has no answer for the time of an image; empty where it has."""
        return self._body.why_unknown(stamp_ns)


class MountedSource:
    """What tells of the motion of a sensor: a `MotionSource`.

    Args:
        body: what tells of the body that carries it.
        T_body_sensor: where the sensor sits.
    """

    def __init__(self, body: MotionSource, T_body_sensor: Pose) -> None:
        self._body = body
        self._T_body_sensor = T_body_sensor

    def until(self, stamp_ns: int) -> MountedMotion:
        """Return what was known at a time, made of nothing that is stamped later."""
        return MountedMotion(self._body.until(stamp_ns), self._T_body_sensor)
