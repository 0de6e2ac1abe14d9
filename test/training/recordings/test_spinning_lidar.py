import numpy as np
import pytest

from training.recordings.solid import sphere
from training.recordings.spinning_lidar import SpinningLidar
from training.recordings.surroundings import Surroundings
from training.recordings.texture_atlas import TextureAtlas
from training.recordings.triangles import Floats, Triangles
from vmloc_ros.pose import Pose

ATLAS = TextureAtlas({"grey": np.full((1, 1, 3), 90, np.uint8)})
AT_ORIGIN = Pose(np.zeros(3), np.array([0.0, 0.0, 0.0, 1.0]))


def ball(radius_m: float) -> Surroundings:
    """A hollow ball around the origin."""
    grey = sphere((0.0, 0.0, -radius_m), radius_m, "grey")
    return Surroundings([Triangles([grey], ATLAS)], ATLAS)


def sweep(radius_m: float, **options: float) -> Floats:
    lidar = SpinningLidar(32, 256, (-25.0, 15.0), T_camera_lidar=np.eye(4), **options)
    return lidar.points(ball(radius_m), AT_ORIGIN, np.random.default_rng(0))


def test_beams_lie_between_the_lowest_and_the_highest() -> None:
    points = sweep(10.0)
    elevations_deg = np.rad2deg(np.arcsin(points[:, 2] / np.linalg.norm(points[:, :3], axis=1)))
    assert elevations_deg.min() == pytest.approx(-25.0, abs=1e-3)
    assert elevations_deg.max() == pytest.approx(15.0, abs=1e-3)
    assert len(np.unique(elevations_deg.round(2))) == 32
    np.testing.assert_allclose(points[:, 3], 90.0, rtol=1e-5)


def test_nothing_returns_from_beyond_the_range() -> None:
    assert len(sweep(25.0, farthest_m=24.0)) == 0
    assert len(sweep(25.0, farthest_m=26.0)) > 0


def test_more_rays_are_lost_the_farther_they_go() -> None:
    rays = 32 * 256
    # The fraction lost grows from 1 % near by to that of the range, with the square.
    near, far = (len(sweep(radius_m, farthest_m=100.0, lost_far=0.41)) for radius_m in (5.0, 50.0))
    assert 1.0 - near / rays == pytest.approx(0.01 + 0.40 * 0.05**2, abs=0.004)
    assert 1.0 - far / rays == pytest.approx(0.01 + 0.40 * 0.5**2, abs=0.012)


def test_a_ray_into_the_open_has_no_return() -> None:
    above = Pose(np.array([0.0, 0.0, 100.0]), np.array([0.0, 0.0, 0.0, 1.0]))
    lidar = SpinningLidar(T_camera_lidar=np.eye(4))
    assert lidar.points(ball(5.0), above, np.random.default_rng(0)).shape == (0, 4)
