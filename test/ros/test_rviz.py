from pathlib import Path

import pytest
import yaml

pytest.importorskip("rclpy", reason="ROS 2 is not installed")

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


@pytest.fixture
def manager():
    return yaml.safe_load(CONFIG.read_text())["Visualization Manager"]


def test_rviz_shows_the_nodes_topics_with_their_types(manager, ros, spin, wait, tiny_bundle):
    given = ["-p", f"bundle:={tiny_bundle}", "-p", "device:=cpu", "-p", "base_frame:=''"]
    node = LocalizerNode(["--ros-args", *given])
    with spin(node):
        wait(lambda: node.counters is not None)
        offered = dict(node.get_topic_names_and_types())
    node.destroy_node()
    shown = {
        f"/{display['Topic']['Value']}": SHOWN[display["Class"]]
        for display in manager["Displays"]
        if "Topic" in display
    }
    assert set(shown) == {
        "/camera/image", "/vmloc/path", "/vmloc/pose", "/vmloc/pose_with_covariance"
    }  # fmt: skip
    assert {topic: offered.get(topic) for topic in shown} == {t: [k] for t, k in shown.items()}


def test_the_fixed_frame_is_that_of_the_poses(manager):
    assert manager["Global Options"]["Fixed Frame"] == NodeConfig().map_frame
