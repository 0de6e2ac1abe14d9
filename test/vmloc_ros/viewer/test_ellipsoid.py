import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from vmloc_ros.viewer.ellipsoid import Ellipsoid


def test_the_half_axes_are_the_standard_deviations_from_short_to_long():
    ellipsoid = Ellipsoid.of(np.diag([9.0, 0.25, 4.0]))
    np.testing.assert_allclose(ellipsoid.half_axes_m, [0.5, 2.0, 3.0])
    # The short one lies along y, the middle one along z, the long one along x.
    axes = Rotation.from_quat(ellipsoid.quat_xyzw).as_matrix()
    np.testing.assert_allclose(np.abs(axes), [[0, 0, 1], [1, 0, 0], [0, 1, 0]], atol=1e-12)


def test_the_long_axis_points_where_the_position_is_least_known():
    """σ of 2 m at 30° to x in the plane, 1 m across, 0.5 m upwards; the products by hand."""
    c, s = np.sqrt(0.75), 0.5
    xx, yy, xy = 4 * c * c + s * s, 4 * s * s + c * c, (4 - 1) * c * s
    ellipsoid = Ellipsoid.of(np.array([[xx, xy, 0.0], [xy, yy, 0.0], [0.0, 0.0, 0.25]]))
    np.testing.assert_allclose(ellipsoid.half_axes_m, [0.5, 1.0, 2.0])
    long_axis = Rotation.from_quat(ellipsoid.quat_xyzw).apply([0.0, 0.0, 1.0])
    np.testing.assert_allclose(long_axis * np.sign(long_axis[0]), [c, s, 0.0], atol=1e-12)


@pytest.mark.parametrize("seed", range(20))
def test_turned_back_the_ellipsoid_gives_the_covariance(seed):
    factor = np.random.default_rng(seed).normal(size=(3, 3))
    ellipsoid = Ellipsoid.of(factor @ factor.T)
    axes = Rotation.from_quat(ellipsoid.quat_xyzw).as_matrix()
    covariance = axes @ np.diag(ellipsoid.half_axes_m**2) @ axes.T
    np.testing.assert_allclose(covariance, factor @ factor.T, atol=1e-10)


def test_a_direction_without_uncertainty_has_no_extent():
    ellipsoid = Ellipsoid.of(np.diag([1.0, 1.0, -1e-20]))
    np.testing.assert_allclose(ellipsoid.half_axes_m, [0.0, 1.0, 1.0])
