import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not installed")

from tiny_model import INPUT

from vmloc_ros.bundle import load_bundle
from vmloc_ros.errors import MessageError
from vmloc_ros.localizer import Localizer
from vmloc_ros.ros.sensor_sets import sensor_sets

BY_LIDAR = INPUT.model_copy(update={"depth_source": "lidar"})
SIX = (0.1,) * 6


def sets(bundle):
    return {"+".join(sorted(one)) for one in sensor_sets(load_bundle(bundle).description)}


def test_any_set_that_is_calibrated_suffices(make_bundle):
    assert sets(make_bundle(modalities=("rgb", "lidar"))) == {"rgb", "lidar", "lidar+rgb"}


def test_depth_from_the_lidar_needs_the_lidar(make_bundle):
    bundle = make_bundle(modalities=("rgb", "depth"), preprocessing=BY_LIDAR)
    assert sets(bundle) == {"rgb", "lidar", "lidar+rgb"}


def test_of_a_lidar_all_that_is_made_from_it_counts_together(make_bundle):
    bundle = make_bundle(modalities=("depth", "lidar"), preprocessing=BY_LIDAR)
    assert sets(bundle) == {"lidar"}


def test_depth_from_a_lidar_that_nobody_has_placed_fails_before_the_first_image(make_bundle):
    bundle = make_bundle(modalities=("rgb", "depth"), preprocessing=BY_LIDAR)
    with pytest.raises(MessageError, match="needs the intrinsics: record camera_info"):
        Localizer.load(bundle, "cpu").warm_up()
