from collections.abc import Callable

import numpy as np
import pytest

from training.corruptions.rain import Rain
from vmloc_ros.frame import Frame


def test_drops_lie_on_the_rays_before_the_surface_and_are_faint(full_frame: Frame) -> None:
    before, after = full_frame.points, Rain(0.5)(full_frame, 0).points
    moved = (before != after).any(axis=1)
    # Half of the rays, and of those the ones that meet a drop within 10 m: 1 − exp(−2) = 0.865.
    assert np.mean(moved) == pytest.approx(0.43, abs=0.06)
    reach_m = np.linalg.norm(after[moved, :3], axis=1)
    assert reach_m.max() < 10.0
    along = np.sum(before[moved, :3] * after[moved, :3], axis=1)
    np.testing.assert_allclose(along, 10.0 * reach_m, rtol=1e-5)
    np.testing.assert_allclose(after[moved, 3], 0.05, rtol=1e-6)
    np.testing.assert_array_equal(after[~moved], before[~moved])


def test_a_point_at_the_lidar_itself_stays_finite(frame_of: Callable[..., Frame]) -> None:
    points = Rain(1.0)(frame_of(points=np.zeros((50, 4), np.float32)), 0).points
    assert np.isfinite(points).all()
