"""`Poses`: where a body was at many moments."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from vmloc_ros.pose import Array, Pose


@dataclass(frozen=True, slots=True, eq=False)
class Poses:
    """M poses of a body in a fixed frame; those that are not known hold any numbers."""

    positions: Array
    """(M, 3) metres."""
    quats_xyzw: Array
    """(M, 4) unit quaternions."""
    known: NDArray[np.bool_]
    """(M,) whether the pose is known."""

    @property
    def rotations(self) -> Rotation:
        """The M rotations."""
        return Rotation.from_quat(self.quats_xyzw)

    def __matmul__(self, T_body_sensor: Pose) -> "Poses":
        """Return the poses of what is fixed to the body."""
        rotations = self.rotations
        return Poses(
            self.positions + rotations.apply(T_body_sensor.position),
            (rotations * T_body_sensor.rotation).as_quat(),
            self.known,
        )

    def seen_from(self, pose: Pose) -> "Poses":
        """Return them in the frame of a pose that lies in the same fixed frame."""
        back = pose.rotation.inv()
        return Poses(
            back.apply(self.positions - pose.position),
            (back * self.rotations).as_quat(),
            self.known,
        )
