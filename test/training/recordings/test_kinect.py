import numpy as np
import pytest

from training.recordings.furniture import box
from training.recordings.kinect import Kinect
from training.recordings.room import Room
from training.recordings.texture_atlas import TextureAtlas
from training.recordings.walk import looking
from vmloc_ros.pose import Pose

ORIGIN = np.zeros((1, 3))
LOOKING_EAST = Pose(ORIGIN[0], looking(ORIGIN, np.array([[1.0, 0.0, 0.0]]))[0].as_quat())


def cube(half_m: float) -> Room:
    """A cubic room around the origin whose walls are green above and blue below."""
    picture = np.zeros((2, 2, 3), np.uint8)
    picture[0, :, 1] = picture[1, :, 2] = 200
    walls = box((0.0, 0.0, -half_m), (2 * half_m,) * 3, "wall", glows=True)
    return Room([walls], TextureAtlas({"wall": picture}))


def test_the_field_of_view_is_57_degrees() -> None:
    camera = Kinect(160, 120).camera
    assert 2.0 * np.degrees(np.arctan(80.0 / camera.fx)) == pytest.approx(57.0)
    assert (camera.cx, camera.cy) == (79.5, 59.5)


def test_looking_east_north_is_left_and_the_sky_is_up() -> None:
    R = LOOKING_EAST.rotation.as_matrix()
    np.testing.assert_allclose(R @ [0.0, 0.0, 1.0], [1.0, 0.0, 0.0], atol=1e-12)
    np.testing.assert_allclose(R @ [-1.0, 0.0, 0.0], [0.0, 1.0, 0.0], atol=1e-12)
    np.testing.assert_allclose(R @ [0.0, -1.0, 0.0], [0.0, 0.0, 1.0], atol=1e-12)


def test_pictures_are_upright() -> None:
    rgb = Kinect(64, 48).rgb(cube(2.0), LOOKING_EAST, np.random.default_rng(0)).astype(int)
    upper, lower = rgb[:20].mean(axis=(0, 1)), rgb[-20:].mean(axis=(0, 1))
    assert upper[1] > 100 > 20 > upper[2]
    assert lower[2] > 100 > 20 > lower[1]


def test_depth_of_a_wall_is_right_within_the_noise_of_the_sensor() -> None:
    depth_mm = Kinect(160, 120).depth_mm(cube(2.0), LOOKING_EAST, np.random.default_rng(0))
    returns = depth_mm[depth_mm > 0].astype(float)
    assert np.median(returns) == pytest.approx(2000.0, abs=6.0)
    # 1.2 mm + 1.9 mm · 1.6² of noise and steps of 11.4 mm: √(6.06² + 11.4²/12) mm.
    assert returns.std() == pytest.approx(6.9, rel=0.1)
    assert len(np.unique(returns)) < 10
    assert 0.0 < (depth_mm == 0).mean() < 0.01


@pytest.mark.parametrize("half_m", [0.35, 8.5])
def test_a_wall_out_of_range_gives_no_return(half_m: float) -> None:
    depth_mm = Kinect(64, 48).depth_mm(cube(half_m), LOOKING_EAST, np.random.default_rng(0))
    assert not depth_mm.any()
