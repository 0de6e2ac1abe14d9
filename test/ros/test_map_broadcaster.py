import time

import numpy as np
import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not installed")

from rclpy.node import Node
from rosgraph_msgs.msg import Clock

from vmloc_ros.pose import Pose
from vmloc_ros.ros.extrinsic import BodyPose
from vmloc_ros.ros.map_broadcaster import LISTEN_FIRST_NS, MapBroadcaster
from vmloc_ros.ros.map_to_base import MapToBase
from vmloc_ros.ros.map_to_odom import MapToOdom

S = 10**9
START = 1_700_000_000 * S
ORIGIN = Pose(np.zeros(3), np.array([0.0, 0.0, 0.0, 1.0]))


class Tree:
    """Takes what is broadcast; somebody else's parent is set by the test."""

    def __init__(self):
        self.sent, self.other = [], ""

    def broadcast(self, parent, poses):
        for stamp_ns, T_parent_child in poses.items():
            self.sent.append((time.monotonic_ns(), parent, stamp_ns, T_parent_child))

    def other_parent(self):
        return self.other


class Still:
    """Odometry of a robot that stands."""

    missing = ""

    def at(self, stamp_ns):
        return ORIGIN


def body(stamp_ns, x=0.0):
    pose = Pose(np.array([x, 0.0, 0.0]), np.array([0.0, 0.0, 0.0, 1.0]))
    return BodyPose(stamp_ns, pose, np.eye(6))


@pytest.fixture
def node(ros, spin):
    node = Node("robot")
    with spin(node, threads=2):
        yield node
    node.destroy_node()


@pytest.fixture
def broadcast(node):
    """Start a broadcaster: broadcast(plan) -> (broadcaster, tree)."""
    running = []

    def start(plan, on=node):
        tree = Tree()
        running.append(MapBroadcaster(on, tree, plan, "map", rate_hz=50.0))
        return running[-1], tree

    yield start
    for broadcaster in running:
        broadcaster.close()


def now_ns(node):
    return node.get_clock().now().nanoseconds


def test_it_listens_before_it_speaks_then_renews_one_fix_until_that_is_old(node, broadcast, wait):
    broadcaster, tree = broadcast(MapToOdom(Still(), S // 5, S * 2))
    began_ns = time.monotonic_ns()
    broadcaster.offer(body(now_ns(node), x=3.0))
    wait(lambda: len(tree.sent) > 10)
    assert tree.sent[0][0] - began_ns > LISTEN_FIRST_NS // 2
    _, parent, stamp_ns, T_map_odom = tree.sent[-1]
    assert (parent, T_map_odom.position[0]) == ("map", 3.0)
    assert 0 <= stamp_ns - now_ns(node) <= S // 5
    wait(lambda: time.monotonic_ns() - tree.sent[-1][0] > S // 2)  # it has come to an end
    assert tree.sent[-1][0] - began_ns <= S * 2 + S // 2
    assert broadcaster.broadcasts == len(tree.sent) - 1  # two in the first message
    stamps = [stamp_ns for *_, stamp_ns, _ in tree.sent]
    assert sorted(set(stamps)) == stamps


def test_nothing_is_sent_while_somebody_else_owns_the_transform(node, broadcast, wait):
    broadcaster, tree = broadcast(MapToBase())
    tree.other = "'base_link' already has the parent 'odom'"
    first_ns = time.monotonic_ns()
    while time.monotonic_ns() - first_ns < 1.2 * LISTEN_FIRST_NS:
        broadcaster.offer(body(now_ns(node)))
        time.sleep(0.05)
    assert tree.sent == []
    assert broadcaster.conflict == tree.other
    tree.other = ""
    stamp_ns = now_ns(node)
    broadcaster.offer(body(stamp_ns))
    wait(lambda: tree.sent)
    assert tree.sent[0][1:3] == ("map", stamp_ns)


def test_by_simulated_time_a_recording_that_stands_loses_nobody(ros, spin, broadcast, wait):
    node = Node("sim", cli_args=["--ros-args", "-p", "use_sim_time:=true"])
    clock = node.create_publisher(Clock, "/clock", 1)

    def tick(time_ns):
        message = Clock()
        message.clock.sec, message.clock.nanosec = divmod(time_ns, S)
        wait(lambda: clock.publish(message) or now_ns(node) == time_ns)

    with spin(node, threads=2):
        tick(START)
        broadcaster, tree = broadcast(MapToOdom(Still(), S // 5, S // 10), on=node)
        broadcaster.offer(body(START))
        began_ns = time.monotonic_ns()
        wait(lambda: time.monotonic_ns() - began_ns > 1.2 * LISTEN_FIRST_NS)
        tick(START + S // 20)
        wait(lambda: tree.sent[-1][2] == START + S // 20 + S // 5)
        tick(START + S // 5)
        wait(lambda: time.monotonic_ns() - tree.sent[-1][0] > S // 2)
        assert tree.sent[-1][2] == START + S // 20 + S // 5  # the fix was old by then
        broadcaster.close()
    node.destroy_node()
