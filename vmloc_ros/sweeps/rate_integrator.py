"""`RateIntegrator`: how a gyroscope turned, from its rates."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial.transform import Rotation

from vmloc_ros.errors import MessageError
from vmloc_ros.pairing import JUMP_NS
from vmloc_ros.pose import Array, Pose

NS_PER_S = 1_000_000_000
FASTEST_RAD_S = 100.0
"""No robot turns faster, and few gyroscopes measure it (REP-145: rad/s, not degrees)."""
GAP_NS = 100_000_000
"""Over a longer time two rates say nothing of what was between them."""


class RateIntegrator:
    """Adds up angular rates, about the axes of the gyroscope (REP-145), to its rotation.

    It drifts, by some degrees in a minute: enough for the time of a sweep, and of no use beyond.
    """

    def __init__(self) -> None:
        self._rotation = Rotation.identity()
        self._rate: Array = np.zeros(3)
        self._last_ns: int | None = None
        self.began_ns = 0
        """Stamp since which the rotations are of one piece."""

    def add(self, stamp_ns: int, rate_rad_s: ArrayLike) -> Pose | None:
        """Take a rate (3,); return the rotation then, as a pose without a place; None if late.

        Raises:
            MessageError: it is no rate of a robot.
        """
        rate = _checked(rate_rad_s)
        passed_ns = GAP_NS + 1 if self._last_ns is None else stamp_ns - self._last_ns
        if -JUMP_NS <= passed_ns <= 0:
            return None
        if 0 < passed_ns <= GAP_NS:
            turned = (self._rate + rate) / 2.0 * (passed_ns / NS_PER_S)
            self._rotation = self._rotation * Rotation.from_rotvec(turned)
        else:
            self.began_ns = stamp_ns
        self._last_ns, self._rate = stamp_ns, rate
        return Pose(np.zeros(3), self._rotation.as_quat())


def _checked(rate_rad_s: ArrayLike) -> Array:
    rate = np.asarray(rate_rad_s, np.float64)
    # Written so that NaN does not pass.
    if rate.shape != (3,) or not np.abs(rate).max() <= FASTEST_RAD_S:
        raise MessageError(
            f"an angular velocity needs 3 numbers up to {FASTEST_RAD_S:g} rad/s, got "
            f"{rate.tolist()}"
        )
    return rate
