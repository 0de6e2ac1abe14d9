"""`Ellipsoid`: the shape of a position's covariance."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from vmloc_ros.pose import Array


@dataclass(frozen=True, slots=True, eq=False)
class Ellipsoid:
    """The points one σ away from the mean.

    In three dimensions it holds 20 % of the probability; twice as large it holds 74 %.
    """

    half_axes_m: Array
    """(3,) ascending."""
    quat_xyzw: Array
    """(4,) takes coordinates along the half axes to map."""

    @classmethod
    def of(cls, covariance: Array) -> "Ellipsoid":
        """Take a covariance (3, 3), m², to its principal axes."""
        variances, axes = np.linalg.eigh(covariance)
        if np.linalg.det(axes) < 0.0:  # eigenvectors come without handedness
            axes[:, 0] = -axes[:, 0]
        half_axes_m = np.sqrt(np.maximum(variances, 0.0))  # rounding may leave −1e-20
        return cls(half_axes_m, Rotation.from_matrix(axes).as_quat())
