"""`Consistency`: whether the errors are as large as the covariances say."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from vmloc_ros.errors import VmlocError
from vmloc_ros.pose import Array

AXES = ("x", "y", "z", "rot_x", "rot_y", "rot_z")
"""Order of a covariance: along the axes of map, and about them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consistency:
    """Coverage, normalised error and likelihood of the frames with a pose."""

    within_1_sigma: dict[str, float]
    """Share of the errors within 1σ, for each of `AXES`; 0.68 for a Gaussian."""
    within_2_sigma: dict[str, float]
    """Share of the errors within 2σ, for each of `AXES`; 0.95 for a Gaussian."""
    coverage_1_sigma: float
    """Share of the errors within 1σ, over all axes."""
    coverage_2_sigma: float
    """Share of the errors within 2σ, over all axes."""
    nees_mean: float
    """Mean normalised estimation error squared, eᵀ Σ⁻¹ e; 6 for a calibrated covariance."""
    nees_median: float
    """Its median; 5.35 for Gaussian errors."""
    nll_mean: float
    """Mean −log N(e; 0, Σ) = (eᵀ Σ⁻¹ e + log |2π Σ|) / 2 in metres and radians. The lower of two
    models on the same frames says more: unlike NEES, it has no use for a σ that is too large."""
    rank_correlation: float | None
    """Spearman's, of position error and position σ: 1 where σ tells the larger errors from the
    smaller ones, 0 where it does not; None where one of them is the same for all frames."""

    @classmethod
    def of(cls, errors: Array, covariances: Array) -> "Consistency":
        """Compare errors (N, 6), N ≥ 1, from `pose.error_vector` with their covariances (N, 6, 6).

        Raises:
            VmlocError: a covariance is not positive definite.
        """
        lower = _cholesky(covariances)
        sigma = np.sqrt(np.diagonal(covariances, axis1=1, axis2=2))
        ratio = np.abs(errors) / sigma
        nees = np.square(np.linalg.solve(lower, errors[..., None])).sum(axis=(1, 2))
        log_det = 2.0 * np.log(np.diagonal(lower, axis1=1, axis2=2)).sum(axis=1)
        return cls(
            within_1_sigma=_share(ratio <= 1.0),
            within_2_sigma=_share(ratio <= 2.0),
            coverage_1_sigma=float(np.mean(ratio <= 1.0)),
            coverage_2_sigma=float(np.mean(ratio <= 2.0)),
            nees_mean=float(nees.mean()),
            nees_median=float(np.median(nees)),
            nll_mean=float(np.mean(nees + log_det + len(AXES) * np.log(2.0 * np.pi)) / 2.0),
            rank_correlation=_rank_correlation(_length(errors), _length(sigma)),
        )


def _cholesky(covariances: Array) -> Array:
    try:
        lower = np.linalg.cholesky(covariances)
    except np.linalg.LinAlgError as err:
        raise VmlocError(
            "a covariance of an estimate is not positive definite; every sigma must be > 0"
        ) from err
    return np.asarray(lower, dtype=np.float64)


def _share(within: NDArray[np.bool_]) -> dict[str, float]:
    return dict(zip(AXES, within.mean(axis=0).tolist(), strict=True))


def _length(vectors: Array) -> Array:
    """Return the length (N,) of the position part of vectors (N, 6)."""
    length: Array = np.linalg.norm(vectors[:, :3], axis=1)
    return length


def _rank_correlation(error: Array, sigma: Array) -> float | None:
    if np.ptp(error) == 0.0 or np.ptp(sigma) == 0.0:
        return None
    return float(spearmanr(error, sigma).statistic)
