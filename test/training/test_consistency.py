"""Coverage and normalised errors, by hand and on drawn Gaussians."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from scipy.stats import multivariate_normal, norm

from training.consistency import Consistency
from vmloc_ros.errors import VmlocError
from vmloc_ros.pose import Array, Pose, error_vector


def test_the_rotation_error_is_a_full_angle_about_the_axes_of_map() -> None:
    # The camera looks along map's x; a turn of 0.2 rad about map's z must stay one about z.
    truth = Pose(np.zeros(3), Rotation.from_euler("y", 90, degrees=True).as_quat())
    turned = Rotation.from_rotvec([0.0, 0.0, 0.2]) * truth.rotation
    error = error_vector(Pose(np.array([1.0, 0.0, -2.0]), turned.as_quat()), truth)
    np.testing.assert_allclose(error, [1.0, 0.0, -2.0, 0.0, 0.0, 0.2], atol=1e-12)


def two_errors() -> tuple[Array, Array]:
    """Errors of 0.5 and 1.5 σ in x, 2.5 and 0 σ in rot_z, 0 elsewhere."""
    sigma = np.array([0.1, 0.2, 0.3, 0.01, 0.02, 0.03])
    errors = np.zeros((2, 6))
    errors[:, 0] = 0.5 * sigma[0], -1.5 * sigma[0]
    errors[0, 5] = 2.5 * sigma[5]
    return errors, np.stack([np.diag(np.square(sigma))] * 2)


def test_coverage_and_nees_of_a_diagonal_covariance() -> None:
    found = Consistency.of(*two_errors())
    assert found.within_1_sigma == {
        "x": 0.5, "y": 1.0, "z": 1.0, "rot_x": 1.0, "rot_y": 1.0, "rot_z": 0.5,
    }  # fmt: skip
    assert found.within_2_sigma["x"] == 1.0
    assert found.within_2_sigma["rot_z"] == 0.5
    # 1.5 σ and 2.5 σ are the two of twelve beyond 1 σ.
    assert found.coverage_1_sigma == pytest.approx(10.0 / 12.0)
    assert found.coverage_2_sigma == pytest.approx(11.0 / 12.0)
    # 0.5² + 2.5² = 6.5 and 1.5² = 2.25.
    assert found.nees_mean == pytest.approx(4.375)
    assert found.nees_median == pytest.approx(4.375)


def test_nees_knows_correlations() -> None:
    covariance = np.eye(6)
    covariance[0, 1] = covariance[1, 0] = 0.5
    error = np.array([[1.0, 1.0, 0.0, 0.0, 0.0, 0.0]])
    # The inverse of [[1, ½], [½, 1]] is [[4/3, −2/3], [−2/3, 4/3]].
    assert Consistency.of(error, covariance[None]).nees_mean == pytest.approx(4.0 / 3.0)


def test_the_likelihood_is_that_of_a_gaussian_with_its_constant() -> None:
    errors, covariances = two_errors()
    sigma = np.sqrt(np.diag(covariances[0]))
    expected = [-norm.logpdf(error, scale=sigma).sum() for error in errors]
    assert Consistency.of(errors, covariances).nll_mean == pytest.approx(np.mean(expected))


def test_the_likelihood_knows_correlations() -> None:
    factor = np.tril(np.arange(1.0, 37.0).reshape(6, 6))
    covariance, error = factor @ factor.T, np.array([[1.0, -2.0, 3.0, 0.5, 0.0, 1.0]])
    expected = -multivariate_normal(np.zeros(6), covariance).logpdf(error)
    assert Consistency.of(error, covariance[None]).nll_mean == pytest.approx(float(expected))


def ranked(errors_x: list[float], sigmas_x: list[float]) -> float | None:
    """Return the rank correlation of frames with these errors and σ along x."""
    errors = np.zeros((len(errors_x), 6))
    errors[:, 0] = errors_x
    covariances = np.stack([np.diag([sigma**2, 1e-6, 1e-6, 1, 1, 1]) for sigma in sigmas_x])
    return Consistency.of(errors, covariances).rank_correlation


def test_a_sigma_that_grows_with_the_error_ranks_it() -> None:
    assert ranked([0.1, -0.2, 0.9], [1.0, 2.0, 3.0]) == pytest.approx(1.0)
    assert ranked([0.1, -0.2, 0.9], [3.0, 2.0, 1.0]) == pytest.approx(-1.0)
    # Ranks 1 2 3 and 2 1 3: 1 − 6 · (1 + 1 + 0) / (3 · 8).
    assert ranked([0.1, -0.2, 0.9], [2.0, 1.0, 3.0]) == pytest.approx(0.5)


def test_where_sigma_or_the_error_never_changes_there_is_no_rank() -> None:
    assert ranked([0.1, 0.2, 0.3], [1.0, 1.0, 1.0]) is None
    assert ranked([0.2, -0.2, 0.2], [1.0, 2.0, 3.0]) is None
    assert ranked([0.2], [1.0]) is None


def test_gaussian_errors_of_their_covariance_are_consistent() -> None:
    rng = np.random.default_rng(0)
    factor = np.tril(rng.normal(size=(6, 6))) + 3.0 * np.eye(6)
    errors = rng.normal(size=(20_000, 6)) @ factor.T
    found = Consistency.of(errors, np.broadcast_to(factor @ factor.T, (20_000, 6, 6)))
    assert found.nees_mean == pytest.approx(6.0, abs=0.1)
    assert found.nees_median == pytest.approx(5.348, abs=0.1)
    assert list(found.within_1_sigma.values()) == pytest.approx([0.683] * 6, abs=0.015)
    assert list(found.within_2_sigma.values()) == pytest.approx([0.954] * 6, abs=0.01)


def test_a_covariance_of_zeros_is_refused() -> None:
    with pytest.raises(VmlocError, match="not positive definite; every sigma must be > 0"):
        Consistency.of(np.zeros((1, 6)), np.zeros((1, 6, 6)))
