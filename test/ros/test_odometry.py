import numpy as np
import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not installed")

from nav_msgs.msg import Odometry
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy

from vmloc_ros.config import NodeConfig
from vmloc_ros.pose import Pose
from vmloc_ros.ros.odometry import TfOdometry, TopicOdometry, open_odometry
from vmloc_ros.ros.transforms import TransformError

S = 10**9
START = 1_700_000_000 * S


def message(stamp_ns, x, child="base_link", parent="odom", w=1.0):
    odometry = Odometry(child_frame_id=child)
    odometry.header.frame_id = parent
    odometry.header.stamp.sec, odometry.header.stamp.nanosec = divmod(stamp_ns, S)
    odometry.pose.pose.position.x = x
    odometry.pose.pose.orientation.w = w
    return odometry


@pytest.fixture
def wheels(ros, spin):
    """A node that publishes odometry, and an odometry in another node that listens."""
    robot, listener = Node("robot"), Node("listener")
    qos = QoSProfile(depth=10, reliability=ReliabilityPolicy.BEST_EFFORT)
    publisher = robot.create_publisher(Odometry, "odom", qos)
    odometry = TopicOdometry(listener, "odom", "base_link")
    with spin(listener, threads=2):
        yield publisher, odometry
    odometry.close()
    robot.destroy_node()
    listener.destroy_node()


def test_the_topic_is_interpolated_at_the_images_stamp(wheels, wait):
    publisher, odometry = wheels
    assert odometry.at(START) is None
    assert odometry.missing == "/odom: there is no odometry yet"

    def send():  # again and again: best effort may lose what is sent at first
        publisher.publish(message(START, 1.0))
        publisher.publish(message(START + 100_000_000, 2.0))
        return odometry.at(START + 50_000_000)

    wait(send)
    np.testing.assert_allclose(odometry.at(START + 50_000_000).position, [1.5, 0.0, 0.0])
    assert odometry.missing == ""
    odometry.clear()
    assert odometry.at(START + 50_000_000) is None


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (
            message(START, 1.0, child="base_footprint"),
            (
                "/odom: the odometry is that of 'base_footprint' in 'odom', wanted is that of "
                "'base_link' in 'odom': set base_frame and odom_frame"
            ),
        ),
        (message(0, 1.0), "/odom: the header's stamp is zero"),
        (message(START, 1.0, w=0.0), "/odom: a rotation needs a unit quaternion"),
    ],
)
def test_odometry_that_cannot_be_used_is_left_out_and_says_why(wheels, wait, wrong, reason):
    publisher, odometry = wheels
    wait(lambda: publisher.publish(wrong) or odometry.missing)
    assert odometry.missing.startswith(reason)
    assert odometry.at(START) is None


class Tree:
    def __init__(self, known):
        self.known = known

    def lookup(self, target, source, stamp_ns=None, wait_s=0.0):
        if (target, source, stamp_ns) not in self.known:
            raise TransformError("tf does not know")
        return self.known[target, source, stamp_ns]


def test_tf_is_asked_for_the_base_in_odom_at_the_images_stamp():
    T_odom_base = Pose(np.array([1.0, 2.0, 3.0]), np.array([0.0, 0.0, 0.0, 1.0]))
    odometry = TfOdometry(Tree({("odom", "base_link", START): T_odom_base}), "odom", "base_link")
    assert odometry.at(START + 1) is None
    assert odometry.missing == "tf does not know"
    assert odometry.at(START) is T_odom_base
    assert odometry.missing == ""


def test_map_to_odom_takes_the_odometry_from_tf_where_no_other_is_named(ros):
    tree, node = Tree({}), Node("robot")
    assert open_odometry(node, NodeConfig(), None) is None
    assert isinstance(open_odometry(node, NodeConfig(odometry="tf"), tree), TfOdometry)
    assert isinstance(open_odometry(node, NodeConfig(tf_mode="map_to_odom"), tree), TfOdometry)
    config = NodeConfig(tf_mode="map_to_odom", odometry="topic")
    assert isinstance(open_odometry(node, config, tree), TopicOdometry)
    node.destroy_node()
