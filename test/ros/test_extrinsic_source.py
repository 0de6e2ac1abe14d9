import numpy as np
import pytest

from vmloc_ros.config import NodeConfig
from vmloc_ros.errors import ConfigError
from vmloc_ros.pose import Pose
from vmloc_ros.ros.extrinsic_source import TfExtrinsic, fixed_extrinsic, make_extrinsic
from vmloc_ros.ros.transforms import TransformError


def at_x(x):
    return Pose(np.array([x, 0.0, 0.0]), np.array([0.0, 0.0, 0.0, 1.0]))


class Tree:
    """Transforms that a test sets: poses by (target, source), or by (target, source, stamp)."""

    def __init__(self):
        self.static, self.moving = {}, {}
        self.rests = 0

    def lookup(self, target, source, stamp_ns=None, wait_s=0.0):
        if (target, source) in self.static:
            return self.static[target, source]
        stamps = self.moving.get((target, source), {})
        if not stamps or (stamp_ns is not None and stamp_ns not in stamps):
            raise TransformError(f"'{source}' in '{target}' is not known at {stamp_ns}")
        return stamps[max(stamps) if stamp_ns is None else stamp_ns]

    def is_static(self, target, source):
        return (target, source) in self.static

    def rest(self):
        self.rests += 1


@pytest.fixture
def tree():
    return Tree()


def test_with_no_body_named_the_body_is_the_camera():
    extrinsic = fixed_extrinsic(NodeConfig(base_frame=""))
    assert extrinsic.source == "camera"
    np.testing.assert_array_equal(extrinsic.at("cam", 1).matrix(), np.eye(4))


def test_the_parameter_wins_over_tf(tree):
    tree.static["cam", "base_link"] = at_x(9.0)
    config = NodeConfig(extrinsic=(1.0, 2.0, 3.0, 0.0, 0.6, 0.0, 0.8))
    extrinsic = make_extrinsic(config, "cam", tree)
    assert (extrinsic.source, extrinsic.missing) == ("parameter", "")
    np.testing.assert_allclose(extrinsic.at("cam", 1).position, [1.0, 2.0, 3.0])
    np.testing.assert_allclose(extrinsic.at("cam", 1).quat_xyzw, [0.0, 0.6, 0.0, 0.8])


def test_an_extrinsic_that_is_no_rotation_is_refused():
    config = NodeConfig(extrinsic=(0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0))
    with pytest.raises(ConfigError, match="extrinsic: a rotation needs a unit quaternion"):
        fixed_extrinsic(config)


def test_until_tf_knows_the_body_there_is_no_answer_and_a_reason(tree):
    extrinsic = make_extrinsic(NodeConfig(), "cam", tree)
    assert (extrinsic.source, extrinsic.missing) == ("", "")
    assert extrinsic.at("cam", 1) is None
    assert extrinsic.source == ""
    assert extrinsic.missing == "'base_link' in 'cam' is not known at None"
    tree.static["cam", "base_link"] = at_x(0.1)
    assert extrinsic.at("cam", 2).position[0] == 0.1
    assert (extrinsic.source, extrinsic.missing) == ("tf", "")


def test_a_static_transform_is_asked_for_once_and_then_tf_may_rest(tree):
    tree.static["cam", "base_link"] = at_x(0.1)
    extrinsic = make_extrinsic(NodeConfig(), "cam", tree)
    extrinsic.at("cam", 1)
    tree.static.clear()
    assert extrinsic.at("cam", 2).position[0] == 0.1
    assert tree.rests == 1


@pytest.mark.parametrize("other", [{"tf_mode": "map_to_base"}, {"odometry": "tf"}])
def test_tf_does_not_rest_where_it_has_another_use(tree, other):
    tree.static["cam", "base_link"] = at_x(0.1)
    extrinsic = make_extrinsic(NodeConfig(**other), "cam", tree)
    assert extrinsic.at("cam", 1).position[0] == 0.1
    assert tree.rests == 0


def test_a_moving_camera_is_asked_for_at_the_stamp_of_each_image(tree):
    tree.moving["cam", "base_link"] = {10: at_x(0.1), 20: at_x(0.2)}
    extrinsic = TfExtrinsic(tree, "base_link", "cam", alone=True)
    assert [extrinsic.at("cam", stamp_ns).position[0] for stamp_ns in (10, 20)] == [0.1, 0.2]
    assert extrinsic.at("cam", 15) is None
    assert extrinsic.missing == "'base_link' in 'cam' is not known at 15"
    assert tree.rests == 0


def test_the_camera_is_the_one_that_the_images_name_and_the_bundles_where_they_name_none(tree):
    tree.static = {("bundle_cam", "base_link"): at_x(1.0), ("cam", "base_link"): at_x(2.0)}
    extrinsic = TfExtrinsic(tree, "base_link", "bundle_cam")
    assert extrinsic.at("", 1).position[0] == 1.0
    assert extrinsic.at("cam", 2).position[0] == 2.0
    assert extrinsic.at("", 3).position[0] == 2.0  # the one named last


def test_another_camera_is_never_given_the_place_of_the_first(tree):
    tree.static["left", "base_link"] = at_x(1.0)
    extrinsic = TfExtrinsic(tree, "base_link", "left")
    assert extrinsic.at("left", 1) is not None
    assert extrinsic.at("right", 2) is None
    assert "'base_link' in 'right'" in extrinsic.missing
