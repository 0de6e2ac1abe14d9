import numpy as np
import pytest

from training.recordings.solid import box, frustum, placed


def test_placing_turns_solids_about_the_origin_and_moves_them() -> None:
    (moved,) = placed([box((1.0, 0.0, 0.5), (2.0, 1.0, 1.0), "wall", yaw_deg=10.0)], (5, 6, 7), 90)
    np.testing.assert_allclose(moved.foot, [5.0, 7.0, 7.5], atol=1e-12)
    assert moved.yaw_deg == pytest.approx(100.0)


def test_a_frustum_narrows_upwards_and_is_closed() -> None:
    mesh = frustum((0.0, 0.0, 0.0), (4.0, 3.0), (2.0, 1.0, 3.0), "roof").mesh
    assert mesh.is_watertight
    # Of a prismatoid: height · (bottom + 4 · middle + top) / 6.
    assert mesh.volume == pytest.approx(3.0 * (12.0 + 4.0 * 6.0 + 2.0) / 6.0)
    np.testing.assert_allclose(mesh.bounds, [[-2.0, -1.5, 0.0], [2.0, 1.5, 3.0]])
