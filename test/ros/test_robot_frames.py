import sys

import numpy as np
import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not installed")

from rclpy.node import Node

from vmloc_ros.config import NodeConfig
from vmloc_ros.errors import ConfigError
from vmloc_ros.pose import Pose, PoseEstimate
from vmloc_ros.ros.robot_frames import RobotFrames, check_frames
from vmloc_ros.ros.snapshot import TransformHealth

EXTRINSIC = (0.1, -0.2, 0.3, 0.5, -0.5, 0.5, 0.5)


@pytest.fixture
def without_tf2(monkeypatch):
    monkeypatch.setitem(sys.modules, "tf2_py", None)


@pytest.fixture
def node(ros):
    node = Node("robot")
    yield node
    node.destroy_node()


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {},
            (
                "^the pose of 'base_link' in 'cam' is not known: set extrinsic .*, or base_frame "
                "to '' to publish the camera's own pose; tf2_ros is not installed here"
            ),
        ),
        (
            {"extrinsic": EXTRINSIC, "tf_mode": "map_to_odom"},
            "^tf_mode map_to_odom needs tf, set it to none; tf2_ros is not installed here",
        ),
        (
            {"extrinsic": EXTRINSIC, "odometry": "tf"},
            "^odometry tf needs tf, set it to topic or none; tf2_ros is not installed here",
        ),
    ],
)
def test_where_tf2_is_missing_what_needs_it_is_refused_with_the_mend(
    without_tf2, parameters, message
):
    with pytest.raises(ConfigError, match=message):
        check_frames(NodeConfig(**parameters), "cam")


@pytest.mark.parametrize(
    "parameters",
    [{"base_frame": ""}, {"extrinsic": EXTRINSIC}, {"extrinsic": EXTRINSIC, "odometry": "topic"}],
)
def test_where_nothing_needs_tf_it_is_not_missed(without_tf2, parameters):
    check_frames(NodeConfig(**parameters), "cam")


def test_the_odometry_of_a_camera_is_refused():
    with pytest.raises(ConfigError, match="odometry topic needs base_frame"):
        check_frames(NodeConfig(base_frame="", odometry="topic"), "cam")


def test_with_an_extrinsic_in_the_parameters_no_topic_is_opened(without_tf2, node):
    before = node.get_topic_names_and_types()
    frames = RobotFrames(node, NodeConfig(extrinsic=EXTRINSIC), "cam")
    assert node.get_topic_names_and_types() == before
    T_map_camera = Pose(np.array([1.0, 2.0, 3.0]), np.array([0.0, 0.6, 0.0, 0.8]))
    body = frames.body(PoseEstimate(7, T_map_camera, np.eye(6), ("rgb",)), "cam")
    # R about y: cos = 0.28, sin = 0.96; R (0.1, -0.2, 0.3) = (0.028 + 0.288, -0.2, -0.096 + 0.084).
    np.testing.assert_allclose(body.T_map_body.position, [1.316, 1.8, 2.988], atol=1e-12)
    frames.publish(body)
    frames.clear()
    assert frames.odometry is None
    assert frames.health == TransformHealth(extrinsic="parameter")
    frames.close()


def test_the_odometry_on_a_topic_is_opened_and_closed(without_tf2, node, wait):
    config = NodeConfig(extrinsic=EXTRINSIC, odometry="topic")
    frames = RobotFrames(node, config, "cam")
    assert frames.odometry.at(1) is None
    assert frames.health.odometry_missing == "/odom: there is no odometry yet"
    assert node.count_subscribers("/odom") == 1
    frames.close()
    wait(lambda: node.count_subscribers("/odom") == 0)
