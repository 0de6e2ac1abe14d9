from pathlib import Path

import pytest
import yaml

pytest.importorskip("rclpy", reason="ROS 2 is not installed")

from rclpy.qos import ReliabilityPolicy

from vmloc_ros.config import NodeConfig
from vmloc_ros.ros.localizer_node import LocalizerNode

CONFIG = Path(__file__).parents[2] / "config" / "localizer.rviz"
SHOWN = {
    "rviz_default_plugins/Path": "nav_msgs/msg/Path",
    "rviz_default_plugins/Pose": "geometry_msgs/msg/PoseStamped",
    "rviz_default_plugins/PoseWithCovariance": "geometry_msgs/msg/PoseWithCovarianceStamped",
    "rviz_default_plugins/Image": "sensor_msgs/msg/Image",
}
"""The message type that each kind of display takes."""
INPUTS = {"camera/image", "depth/image"}
OUTPUTS = {
    "vmloc/path",
    "vmloc/pose",
    "vmloc/pose_with_covariance",
    "vmloc/debug/lidar_image",
}


@pytest.fixture(scope="module")
def manager():
    return yaml.safe_load(CONFIG.read_text())["Visualization Manager"]


@pytest.fixture(scope="module")
def displays(manager):
    """The displays with a topic, by its name."""
    shown = [display for display in manager["Displays"] if "Topic" in display]
    return {display["Topic"]["Value"]: display for display in shown}


@pytest.fixture
def node(ros, spin, wait, make_bundle):
    """The active node, with every sensor there is."""
    bundle = make_bundle(modalities=("rgb", "depth", "lidar"))
    given = ["-p", f"bundle:={bundle}", "-p", "device:=cpu", "-p", "base_frame:=''"]
    node = LocalizerNode(["--ros-args", *given])
    with spin(node):
        wait(lambda: all(node.count_publishers(f"/{topic}") for topic in OUTPUTS))
        wait(lambda: all(node.count_subscribers(f"/{topic}") for topic in INPUTS))
        yield node
    node.destroy_node()


def test_rviz_shows_the_nodes_topics_with_their_types_and_qos(displays, node):
    assert displays.keys() == INPUTS | OUTPUTS
    offered = dict(node.get_topic_names_and_types())
    for topic, display in displays.items():
        assert offered[f"/{topic}"] == [SHOWN[display["Class"]]]
    for topic in OUTPUTS:
        (publisher,) = node.get_publishers_info_by_topic(f"/{topic}")
        assert publisher.qos_profile.reliability == ReliabilityPolicy.RELIABLE
        assert displays[topic]["Topic"]["Reliability Policy"] == "Reliable"


def test_rviz_takes_images_of_any_driver(displays):
    asked = {topic: displays[topic]["Topic"]["Reliability Policy"] for topic in INPUTS}
    assert asked == dict.fromkeys(INPUTS, "Best Effort")  # reliable ones are received as well


def test_topics_are_relative_so_that_a_namespace_holds_for_them(displays):
    assert [topic for topic in displays if topic.startswith(("/", "~"))] == []


def test_the_covariance_and_the_frames_are_shown(manager, displays):
    uncertainty = displays["vmloc/pose_with_covariance"]["Covariance"]
    assert uncertainty["Value"] and uncertainty["Position"]["Value"]
    assert uncertainty["Orientation"]["Value"]
    enabled = [display["Class"] for display in manager["Displays"] if display["Enabled"]]
    assert "rviz_default_plugins/TF" in enabled


def test_the_fixed_frame_is_that_of_the_poses(manager):
    assert manager["Global Options"]["Fixed Frame"] == NodeConfig().map_frame
