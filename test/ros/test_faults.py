"""What is wrong with the inputs is said within two seconds, on /diagnostics and in the log."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field

import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not installed")

from node_process import Process, node_arguments
from node_services import NodeServices
from rclpy.context import Context
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from rclpy.time import Time
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CompressedImage, Image
from tiny_images import depth_pixels, image, rgb_pixels, stamped
from waiting import wait_until

OK, ERROR = 0, 2
IN_TIME_S = 2.0
BUSY_S = 8.0
"""What a machine that does something else meanwhile may add."""
START_S = 120.0
RATE_HZ = 20.0
HEALTHY = {"reliability": "auto", "use_sim_time": False}
"""The parameters that the faults change."""
HOUR_NS = 3_600 * 10**9


@dataclass(frozen=True)
class Fault:
    """A node and a depth camera that do not go together; the colour camera is fine."""

    status: str
    said: str
    """Part of the message."""
    parameters: Mapping[str, object] = field(default_factory=dict)
    depth_type: type | None = Image
    """None: there is no depth camera."""
    depth_reliability: ReliabilityPolicy = ReliabilityPolicy.RELIABLE
    depth_stamp_ns: Callable[[int], int] = lambda now_ns: now_ns


FAULTS = {
    "no_publisher": Fault("input", "/depth/image has no publisher", depth_type=None),
    "wrong_type": Fault(
        "input",
        "/depth/image is published as sensor_msgs/msg/CompressedImage, the node reads "
        "sensor_msgs/msg/Image",
        depth_type=CompressedImage,
    ),
    "incompatible_qos": Fault(
        "input",
        "/depth/image: the QoS of 1 publishers offers less than the node asks for",
        {"reliability": "reliable"},
        depth_reliability=ReliabilityPolicy.BEST_EFFORT,
    ),
    "zero_stamps": Fault(
        "input", " messages lately without a time stamp", depth_stamp_ns=lambda now_ns: 0
    ),
    "no_overlap": Fault(
        "sync",
        "stamps of /camera/image and /depth/image never meet: nearest gap 3",
        depth_stamp_ns=lambda now_ns: now_ns + HOUR_NS,
    ),
    "no_clock": Fault(
        "input", "use_sim_time is set and /clock has no publisher", {"use_sim_time": True}
    ),
}


class Cameras:
    """A colour camera, and a depth camera with a fault.

    They have a context of their own: within one, DDS refuses a topic of two types.
    """

    def __init__(self, fault: Fault) -> None:
        self._fault = fault
        self._context = Context()
        self._context.init()
        self.node = Node("cameras", context=self._context)
        self._rgb = self.node.create_publisher(Image, "camera/image", 10)
        if fault.depth_type is not None:
            qos = QoSProfile(depth=10, reliability=fault.depth_reliability)
            self._depth = self.node.create_publisher(fault.depth_type, "depth/image", qos)

    def send(self) -> None:
        now_ns = time.time_ns()
        self._rgb.publish(image(rgb_pixels(0), "rgb8", now_ns))
        stamp_ns = self._fault.depth_stamp_ns(now_ns)
        if self._fault.depth_type is Image:
            self._depth.publish(image(depth_pixels(0), "16UC1", stamp_ns))
        elif self._fault.depth_type is not None:
            self._depth.publish(stamped(self._fault.depth_type(), stamp_ns))

    def is_heard(self) -> bool:
        return self._rgb.get_subscription_count() > 0

    def close(self) -> None:
        self.node.destroy_node()
        self._context.shutdown()


@pytest.fixture
def cameras(ros: None) -> Iterator[Callable[[Fault], Cameras]]:
    with ExitStack() as opened:

        def make(fault: Fault) -> Cameras:
            cameras = Cameras(fault)
            opened.callback(cameras.close)
            return cameras

        yield make


@pytest.fixture(scope="module")
def node(tmp_path_factory, tiny_bundle) -> Iterator[Process]:
    """The node in a process of its own, which begins anew for each fault."""
    log = tmp_path_factory.mktemp("node") / "log"
    given = node_arguments(tiny_bundle, {"autostart": "false"})
    process = Process(log, "localizer_program", *given)
    yield process
    process.end()


@pytest.fixture
def begin(ros, node, spin) -> Iterator[Callable[[Fault], int]]:
    """Activate the node with the parameters of a fault; return where its log stands then."""
    operator = NodeServices(Node("operator"))

    def anew(fault: Fault) -> int:
        if operator.state() == "active":
            assert operator.transition("deactivate") and operator.transition("cleanup")
        for name, value in (HEALTHY | dict(fault.parameters)).items():
            assert operator.set_parameter(name, value).successful
        began = len(node.log)
        assert operator.transition("configure") and operator.transition("activate")
        return began

    with spin(operator.node, threads=2):
        wait_until(operator.is_there, START_S)
        yield anew
    operator.node.destroy_node()


@pytest.mark.parametrize("key", FAULTS)
def test_a_fault_of_the_inputs_is_named_in_time_and_logged_once(
    cameras, health, node, begin, repeat, wait, key
):
    fault = FAULTS[key]
    robot = cameras(fault)
    with repeat(robot.send, RATE_HZ):
        began = begin(fault)
        wait(robot.is_heard)  # DDS takes its time
        wait(lambda: fault.said in health.said(fault.status), IN_TIME_S + BUSY_S)
        assert key in health.causes(fault.status)
        assert health.level(fault.status) == ERROR
        health.forget()
        wait(lambda: key in health.causes(fault.status))  # said again, not logged again
    lines = node.log[began:].splitlines()
    assert sum(fault.said in line and f"[{key}]" in line for line in lines) == 1


def test_without_cameras_and_clock_it_says_so_until_they_come_and_when_they_go(
    cameras, health, node, begin, repeat, wait
):
    began = begin(Fault("input", "", {"use_sim_time": True}))
    wait(lambda: len(health.causes("input")) == 2, IN_TIME_S + BUSY_S)
    assert set(health.causes("input")) == {"no_publisher", "no_clock"}
    assert health.level("input") == ERROR
    wait(lambda: "no pair of images came" in health.said("localization"))

    robot = cameras(Fault("input", ""))
    clock = robot.node.create_publisher(Clock, "/clock", 10)

    def live():
        robot.send()
        clock.publish(Clock(clock=Time(nanoseconds=time.time_ns()).to_msg()))

    with repeat(live, RATE_HZ):
        wait(lambda: health.level("input") == OK and health.level("localization") == OK)
        wait(lambda: "over: use_sim_time is set and /clock has no publisher" in node.log[began:])
    wait(lambda: health.level("input") == ERROR, IN_TIME_S + BUSY_S)
    assert {"publisher_silent", "clock_silent"} >= set(health.causes("input"))
    assert node.log[began:].count("[no_publisher]") == 2  # a line for each topic
