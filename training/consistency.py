"""`Consistency`: whether the errors are as large as the covariances say."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vmloc_ros.errors import VmlocError
from vmloc_ros.pose import Array

AXES = ("x", "y", "z", "rot_x", "rot_y", "rot_z")
"""Order of a covariance: along the axes of map, and about them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consistency:
    """Coverage and normalised error of the frames with a pose."""

    within_1_sigma: dict[str, float]
    """Share of the errors within 1σ, for each of `AXES`; 0.68 for a Gaussian."""
    within_2_sigma: dict[str, float]
    """Share of the errors within 2σ, for each of `AXES`; 0.95 for a Gaussian."""
    nees_mean: float
    """Mean normalised estimation error squared, eᵀ Σ⁻¹ e; 6 for a calibrated covariance."""
    nees_median: float
    """Its median; 5.35 for Gaussian errors."""

    @classmethod
    def of(cls, errors: Array, covariances: Array) -> "Consistency":
        """Compare errors (N, 6), N ≥ 1, from `pose.error_vector` with their covariances (N, 6, 6).

        Raises:
            VmlocError: a covariance is not positive definite.
        """
        try:
            lower = np.linalg.cholesky(covariances)
        except np.linalg.LinAlgError as err:
            raise VmlocError(
                "a covariance of an estimate is not positive definite; every sigma must be > 0"
            ) from err
        sigma = np.sqrt(np.diagonal(covariances, axis1=1, axis2=2))
        nees = np.square(np.linalg.solve(lower, errors[..., None])).sum(axis=(1, 2))
        return cls(
            within_1_sigma=_share(np.abs(errors) <= sigma),
            within_2_sigma=_share(np.abs(errors) <= 2.0 * sigma),
            nees_mean=float(nees.mean()),
            nees_median=float(np.median(nees)),
        )


def _share(within: NDArray[np.bool_]) -> dict[str, float]:
    return dict(zip(AXES, within.mean(axis=0).tolist(), strict=True))
