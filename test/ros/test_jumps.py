"""The gate at work: poses against an odometry that the node hears, and jumps of time."""

import time
from collections.abc import Iterator

import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not installed")

from nav_msgs.msg import Odometry
from rclpy.node import Node
from tiny_model import POSES

RATE_HZ = 50.0
BEHIND = 4
"""Messages of odometry that are newer than the image: it is there when the image comes."""
FAR_M = 20.0
HOUR_NS = 3_600 * 10**9
ON_A_ROBOT = {
    "base_frame": "base_link",
    "extrinsic": "[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]",
    "odometry": "topic",
}


class Robot:
    """Wheels that say where they are, and cameras that always see the same."""

    def __init__(self, peer: object) -> None:
        self.x_m = 0.0
        self.ahead_ns = 0
        """Of the clocks of wheels and cameras, against the true time."""
        self.node = Node("wheels")
        self._peer = peer
        self._odometry = self.node.create_publisher(Odometry, "odom", 50)
        self._stamps_ns: list[int] = []

    def drive(self) -> None:
        """Send an odometry, and every third time the images of a moment ago."""
        stamp_ns = time.time_ns() + self.ahead_ns
        self._stamps_ns.append(stamp_ns)
        message = Odometry(child_frame_id="base_link")
        message.header.frame_id = "odom"
        message.header.stamp.sec, message.header.stamp.nanosec = divmod(stamp_ns, 10**9)
        message.pose.pose.position.x = self.x_m
        message.pose.pose.orientation.w = 1.0
        self._odometry.publish(message)
        if len(self._stamps_ns) > BEHIND and len(self._stamps_ns) % 3 == 0:
            self._peer.send_at(self._stamps_ns[-BEHIND])


@pytest.fixture
def robot(peer: object, repeat: object) -> Iterator[Robot]:
    robot = Robot(peer)
    with repeat(robot.drive, RATE_HZ):
        yield robot
    robot.node.destroy_node()


@pytest.fixture
def judged(make_active_node, peer, robot, wait):
    """A node that has accepted a pose and knows the odometry at it."""

    def make(**parameters):
        node = make_active_node(**ON_A_ROBOT, **parameters)
        wait(lambda: peer.poses and not node.snapshot().transforms.odometry_missing)
        return node

    return make


def test_a_jump_of_metres_is_refused_until_it_insists(judged, robot, health, wait, caplog):
    node = judged(gate_reacquire=30)
    robot.x_m = FAR_M
    wait(lambda: "jump" in health.causes("localization"))
    assert health.values("localization")["last_rejection"].startswith("jump: ")
    wait(
        lambda: "30 poses in a row contradict the odometry and agree with each other" in caplog.text
    )
    published = node.snapshot().localization.published
    wait(lambda: node.snapshot().localization.published > published)
    assert node.snapshot().localization.rejected == {"jump": 29}


def test_the_limits_of_the_gate_change_while_the_node_works(judged, peer, robot, wait):
    node = judged(gate_reacquire=1000)
    robot.x_m = FAR_M
    wait(lambda: node.snapshot().localization.consecutive_rejected > 3)
    assert peer.set_parameter("gate_sigma", 0.0).successful
    wait(lambda: node.snapshot().localization.consecutive_rejected == 0)
    assert peer.set_parameter("gate_sigma", 6.0).successful
    robot.x_m = 0.0
    wait(lambda: node.snapshot().localization.consecutive_rejected > 3)
    assert peer.set_parameter("gate_reacquire", 1).successful
    wait(lambda: node.snapshot().localization.consecutive_rejected == 0)


def test_stamps_that_run_back_clear_the_gate(judged, robot, wait, caplog):
    node = judged(gate_reacquire=1000)
    published = node.snapshot().localization.published
    robot.ahead_ns, robot.x_m = -HOUR_NS, FAR_M  # a bag that begins anew, elsewhere
    wait(lambda: node.snapshot().pairing.resets == 1)
    wait(lambda: node.snapshot().localization.published > published + 5)
    assert node.snapshot().localization.rejected == {}


def test_another_model_is_not_judged_by_the_poses_of_the_former_one(
    judged, peer, robot, wait, make_bundle
):
    node = judged(gate_reacquire=1000)
    elsewhere = POSES.model_copy(update={"position_mean_m": (1.0, 2.0, 3.0 + FAR_M)})
    assert peer.set_parameter("bundle", str(make_bundle(poses=elsewhere))).successful
    assert peer.trigger("reload").success
    wait(lambda: peer.poses[-1].pose.position.z > FAR_M)
    assert node.snapshot().localization.rejected == {}
