import importlib.util

import numpy as np
import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not installed")

from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile

from vmloc_ros.pose import Pose
from vmloc_ros.ros.checkup.observation import Transform
from vmloc_ros.ros.checkup.tf_tree import observe_transform, open_tf
from vmloc_ros.ros.transforms import TransformError


class Tree:
    """A tree of one edge."""

    def lookup(self, target, source, stamp_ns=None, wait_s=0.0):
        if (target, source) != ("optical", "base_link"):
            raise TransformError(f"no frame '{target}' on /tf")
        return Pose(np.zeros(3), np.array([0.0, 0.0, 0.0, 1.0]))


def test_a_way_through_the_tree_is_known():
    expected = Transform(is_installed=True, is_known=True)
    assert observe_transform(Tree(), "base_link", "optical") == expected


def test_a_way_that_is_not_there_has_the_reason_of_tf():
    expected = Transform(is_installed=True, reason="no frame 'front' on /tf")
    assert observe_transform(Tree(), "base_link", "front") == expected


def test_without_tf2_ros_nothing_is_asked(ros):
    if importlib.util.find_spec("tf2_py") is not None:
        pytest.skip("tf2_ros is installed here")
    node = Node("without_tf")
    tf = open_tf(node)
    node.destroy_node()
    assert observe_transform(tf, "base_link", "optical") == Transform(is_installed=False)


def test_a_static_transform_is_heard(ros, spin, wait):
    pytest.importorskip("tf2_py", reason="tf2_ros is not installed")
    messages = pytest.importorskip("tf2_msgs.msg", reason="tf2_msgs is not installed")
    from geometry_msgs.msg import TransformStamped

    node = Node("with_tf")
    latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
    publisher = node.create_publisher(messages.TFMessage, "/tf_static", latched)
    edge = TransformStamped(child_frame_id="optical")
    edge.header.frame_id = "base_link"
    edge.transform.rotation.w = 1.0
    publisher.publish(messages.TFMessage(transforms=[edge]))
    tf = open_tf(node)
    with spin(node):
        wait(lambda: observe_transform(tf, "base_link", "optical").is_known)
    tf.close()
    node.destroy_node()
