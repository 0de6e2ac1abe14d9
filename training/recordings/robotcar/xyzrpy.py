"""Six numbers x y z roll pitch yaw: how the data set writes rigid transforms."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial.transform import Rotation

from vmloc_ros.pose import Pose


def rotation_from_rpy(rpy_rad: ArrayLike) -> Rotation:
    """Return Rz(yaw) · Ry(pitch) · Rx(roll) of angles (3,) or (N, 3) in radians."""
    return Rotation.from_euler("ZYX", np.asarray(rpy_rad, dtype=np.float64)[..., ::-1])


def pose_from_xyzrpy(values: Sequence[float]) -> Pose:
    """Return the transform of metres x y z and radians roll pitch yaw."""
    return Pose(np.array(values[:3]), rotation_from_rpy(values[3:6]).as_quat())
