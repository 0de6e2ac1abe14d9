"""What AMCL is handed, checked with the rules by which nav2 refuses messages, and when."""

import math
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from vmloc_ros.pose import Pose
from vmloc_ros.ros.extrinsic import BodyPose
from vmloc_ros.validity import Rejection

pytest.importorskip("rclpy", reason="needs ROS 2")

from geometry_msgs.msg import PoseWithCovarianceStamped
from rclpy.node import Node

from vmloc_ros.ros.initial_pose import InitialPosePublisher, planar_covariance, planar_message

FIRST_NS = 1_700_000_000_123_456_789
PERIOD_NS = 100_000_000


def fix(number: int, x: float = 1.0) -> BodyPose:
    pose = Pose(np.array([x, 2.0, 0.3]), np.array([0.0, 0.0, 0.6, 0.8]))
    return BodyPose(FIRST_NS + number * PERIOD_NS, pose, np.diag([0.01] * 6))


def is_valid_to_nav2(message: PoseWithCovarianceStamped) -> bool:
    """Whether nav2 takes the message: stamp, frame, finite numbers, unit quaternion."""
    position, turn = message.pose.pose.position, message.pose.pose.orientation
    quat = (turn.x, turn.y, turn.z, turn.w)
    numbers = (position.x, position.y, position.z, *quat, *message.pose.covariance)
    return (
        0 <= message.header.stamp.nanosec < 1e9
        and message.header.frame_id != ""
        and all(math.isfinite(number) for number in numbers)
        and abs(sum(value * value for value in quat) - 1.0) < 1e-4
    )


def random_fix(rng: np.random.Generator) -> BodyPose:
    pose = Pose(rng.normal(size=3) * 1000.0, Rotation.random(random_state=rng).as_quat())
    root = rng.normal(size=(6, 6)) * 10.0 ** rng.uniform(-9.0, 9.0)
    covariance = root @ root.T
    axis = rng.integers(6)
    covariance[axis, axis] = rng.choice([covariance[axis, axis], 0.0, np.inf, np.nan])
    return BodyPose(int(rng.integers(0, 2**31 * 10**9)), pose, covariance)


def test_nav2_takes_whatever_the_covariance():
    rng = np.random.default_rng(5)
    for _ in range(10_000):
        message = planar_message(random_fix(rng), "map")
        covariance = np.array(message.pose.covariance).reshape(6, 6)
        assert is_valid_to_nav2(message)
        assert (covariance == np.diag(np.diag(covariance))).all()
        assert np.diag(covariance).min() >= 1e-6 and np.diag(covariance).max() <= 1e6


def test_the_variances_of_x_y_and_yaw_are_kept():
    covariance = np.full((6, 6), 0.001) + np.diag([0.04, 0.09, 0.25, 0.3, 0.4, 0.01])

    kept = np.diag(planar_covariance(covariance))

    assert kept.tolist() == pytest.approx([0.041, 0.091, 1e-6, 1e-6, 1e-6, 0.011])


def test_an_unknown_variance_is_the_largest():
    covariance = np.diag([np.nan, np.inf, 1.0, 1.0, 1.0, 1e9])

    assert np.diag(planar_covariance(covariance))[[0, 1, 5]].tolist() == [1e6, 1e6, 1e6]


def test_the_pose_is_planar_with_the_heading_of_the_body():
    # Heading 30°, then nose down by 20°, then rolled by 10°.
    rotation = Rotation.from_euler("ZYX", [30.0, 20.0, 10.0], degrees=True)
    body = BodyPose(FIRST_NS, Pose(np.array([1.0, 2.0, 0.7]), rotation.as_quat()), np.eye(6))

    message = planar_message(body, "site")

    position, turn = message.pose.pose.position, message.pose.pose.orientation
    assert (position.x, position.y, position.z) == (1.0, 2.0, 0.0)
    assert (turn.x, turn.y) == (0.0, 0.0)
    assert math.degrees(2 * math.atan2(turn.z, turn.w)) == pytest.approx(30.0)
    assert message.header.frame_id == "site"
    assert (message.header.stamp.sec, message.header.stamp.nanosec) == (1_700_000_000, 123_456_789)


@pytest.fixture
def node(ros: None, spin: Callable) -> Iterator[Node]:
    node = Node("hand_over", namespace="robot")
    with spin(node, threads=2):
        yield node
    node.destroy_node()


class Amcl:
    """Subscribes to `initialpose` as AMCL does."""

    def __init__(self, node: Node) -> None:
        self.received: list[PoseWithCovarianceStamped] = []
        listen = node.create_subscription
        self._subscription = listen(
            PoseWithCovarianceStamped, "initialpose", self.received.append, 10
        )

    def hears(self) -> bool:
        return self._subscription.get_publisher_count() > 0


def make(node: Node, mode: str, after: int = 3) -> InitialPosePublisher:
    return InitialPosePublisher(node, "map", mode, after)


def test_off_has_no_topic(node):
    publisher = make(node, "off")

    assert publisher.publish(fix(0)) == ""
    assert node.count_publishers("initialpose") == 0


def test_once_sends_the_first_pose_that_is_sure_and_no_other(node, wait):
    amcl, publisher = Amcl(node), make(node, "once")
    wait(amcl.hears)
    wait(lambda: publisher.is_heard)
    for number in range(10):
        publisher.on_fix(fix(number))
    publisher.publish(fix(10))
    wait(lambda: len(amcl.received) >= 2)

    stamps = [m.header.stamp.sec * 10**9 + m.header.stamp.nanosec for m in amcl.received]
    assert stamps == [fix(2).stamp_ns, fix(10).stamp_ns]


def test_a_refused_pose_or_a_clock_that_jumps_interrupts_the_row(node, wait):
    amcl, publisher = Amcl(node), make(node, "once")
    wait(amcl.hears)
    wait(lambda: publisher.is_heard)
    for number in (0, 1):
        publisher.on_fix(fix(number))
    publisher.on_rejection(Rejection("novel", "2.1 times the limit"))
    for number in (2, 3):
        publisher.on_fix(fix(number))
    publisher.reset()
    for number in (4, 5, 6):
        publisher.on_fix(fix(number))
    wait(lambda: amcl.received)

    assert amcl.received[0].header.stamp.nanosec == fix(6).stamp_ns % 10**9


def test_once_waits_for_somebody_who_listens(node, wait, caplog):
    caplog.set_level("INFO")
    publisher = make(node, "once")
    for number in range(5):
        publisher.on_fix(fix(number))
    assert caplog.messages == []
    amcl = Amcl(node)
    wait(amcl.hears)
    wait(lambda: publisher.is_heard)
    publisher.on_fix(fix(5))
    wait(lambda: amcl.received)

    assert amcl.received[0].header.stamp.nanosec == fix(5).stamp_ns % 10**9
    assert caplog.messages == ["6 poses in a row agree: sent on /robot/initialpose"]


def test_on_request_sends_nothing_by_itself(node, wait):
    amcl, publisher = Amcl(node), make(node, "on_request")
    wait(amcl.hears)
    wait(lambda: publisher.is_heard)
    for number in range(10):
        publisher.on_fix(fix(number))
    assert publisher.publish(fix(11)) == "sent on /robot/initialpose"
    wait(lambda: amcl.received)

    assert [m.header.stamp.nanosec for m in amcl.received] == [fix(11).stamp_ns % 10**9]


def test_sending_says_when_nobody_listens(node):
    sent = make(node, "on_request").publish(fix(0))

    assert sent == "sent on /robot/initialpose, to which nobody subscribes"


def test_close_withdraws_the_topic(node, wait):
    publisher = make(node, "on_request")
    wait(lambda: node.count_publishers("initialpose") == 1)
    publisher.close()

    wait(lambda: node.count_publishers("initialpose") == 0)
    assert publisher.publish(fix(0)) == ""
