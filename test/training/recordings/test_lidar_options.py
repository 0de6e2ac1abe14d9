import numpy as np
import pytest

from training.recordings.lidar_options import LidarOptions, read_extrinsic
from vmloc_ros.errors import ConfigError


def test_options_are_repeated_as_they_are_typed() -> None:
    assert LidarOptions(sweeps=3).words() == []
    text = "0.1 -0.2 0.3 0.5 -0.5 0.5 0.5"
    words = LidarOptions(motion="/odom", T_camera_lidar=read_extrinsic(text)).words()
    assert words == ["--motion", "/odom", "--lidar-pose", text]


def test_a_pose_that_is_typed_again_is_the_same() -> None:
    pose = read_extrinsic("1,2,3,0.6,0,0,0.8")
    (_, again) = LidarOptions(T_camera_lidar=pose).words()
    np.testing.assert_array_equal(read_extrinsic(again).matrix(), pose.matrix())


@pytest.mark.parametrize("text", ["", "1 2 3", "a b c d e f g", "0 0 0 0 0 0 0"])
def test_what_is_no_pose_is_named(text: str) -> None:
    with pytest.raises(ConfigError, match=r"is no pose x y z qx qy qz qw"):
        read_extrinsic(text)
