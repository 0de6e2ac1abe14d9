"""An exception that nobody expected costs a message, a frame or a look: never the node."""

import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not installed")

from nav_msgs.msg import Odometry
from rclpy.node import Node

from vmloc_ros.ros.clock_watch import ClockWatch
from vmloc_ros.ros.diagnostics import Diagnostics
from vmloc_ros.ros.inputs import SensorInputs
from vmloc_ros.ros.latency_publisher import LatencyPublisher
from vmloc_ros.ros.localizer_node import LocalizerNode
from vmloc_ros.ros.odometry import TopicOdometry
from vmloc_ros.ros.pipeline import Pipeline
from vmloc_ros.ros.publishers import PosePublishers
from vmloc_ros.ros.session import Session
from vmloc_ros.ros.tally import Tally

RATE_HZ = 20.0
ON_A_ROBOT = {
    "base_frame": "base_link",
    "extrinsic": "[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]",
    "odometry": "topic",
}
FAULTS = 2
REPEATED = [
    (SensorInputs, "_match"),
    (SensorInputs, "review"),
    (Session, "_on_set"),
    (Session, "_deliver"),
    (Session, "_review"),
    (Session, "complete"),
    (Pipeline, "serve"),
    (PosePublishers, "publish"),
    (LatencyPublisher, "publish"),
    (Tally, "add"),
    (TopicOdometry, "_on_message"),
    (ClockWatch, "review"),
    (Diagnostics, "_look"),
    (Diagnostics, "_on_timer"),
]
"""What the executor, the worker or a timer calls again and again."""


class Robot:
    """Cameras, wheels, and what comes of them."""

    def __init__(self, peer):
        self.node = Node("wheels")
        self._peer = peer
        self._odometry = self.node.create_publisher(Odometry, "odom", 10)

    def drive(self):
        message = Odometry(child_frame_id="base_link")
        message.header.frame_id = "odom"
        now_ns = self._peer.send_now()
        message.header.stamp.sec, message.header.stamp.nanosec = divmod(now_ns, 10**9)
        message.pose.pose.orientation.w = 1.0
        self._odometry.publish(message)


@pytest.fixture
def robot(peer, repeat):
    robot = Robot(peer)
    with repeat(robot.drive, RATE_HZ):
        yield robot
    robot.node.destroy_node()


@pytest.fixture
def make_faulty(monkeypatch):
    """Let a method raise while the list that is returned has faults."""

    def make(kind, name):
        faults, method = [], getattr(kind, name)

        def faulty(self, *arguments):
            if faults:
                raise faults.pop()
            return method(self, *arguments)

        monkeypatch.setattr(kind, name, faulty)
        return faults

    return make


def test_poses_go_on_after_exceptions_wherever_there_are_any(
    peer, health, robot, make_active_node, make_faulty, wait
):
    faults = {kind.__name__ + "." + name: make_faulty(kind, name) for kind, name in REPEATED}
    make_active_node(**ON_A_ROBOT)
    wait(lambda: peer.poses)
    for where, left in faults.items():
        left += [RuntimeError(f"a fault of ours in {where}") for _ in range(FAULTS)]
    wait(lambda: not any(faults.values()))
    so_far = len(peer.poses)
    wait(lambda: len(peer.poses) > so_far + 3)
    health.forget()
    wait(lambda: health.level("model") == 0)
    assert "inference_errors" in health.causes("inference")


def test_whoever_calls_gets_an_answer_after_an_exception(
    peer, robot, make_active_node, make_faulty, wait
):
    methods = [(LocalizerNode, "_load"), (Session, "adopt"), (LocalizerNode, "deactivate")]
    load, adopt, deactivate = (make_faulty(*method) for method in methods)
    node = make_active_node(**ON_A_ROBOT)
    wait(lambda: peer.poses)
    load.append(RuntimeError("CUDA out of memory"))
    assert peer.trigger("reload").message == "RuntimeError: CUDA out of memory"
    assert node.snapshot().model.failure == "reload failed: CUDA out of memory"
    adopt.append(RuntimeError("a fault of ours"))
    peer.set_parameter("gate_sigma", 5.0)
    assert adopt == []
    deactivate.append(RuntimeError("a fault of ours"))
    assert not peer.transition("deactivate")
    assert peer.state() == "active"
    so_far = len(peer.poses)
    wait(lambda: len(peer.poses) > so_far)
