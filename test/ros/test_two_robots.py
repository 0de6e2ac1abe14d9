"""Two robots on one network, each localizer in its namespace and in a process of its own."""

from array import array
from contextlib import ExitStack

import numpy as np
import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not installed")

from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import PoseStamped
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from rcl_interfaces.srv import GetParameters, SetParameters
from rclpy.node import Node
from rclpy.parameter import Parameter
from sensor_msgs.msg import Image

from vmloc_ros.causes import STATUSES
from vmloc_ros.localizer import Localizer

SHARED = ("/diagnostics", "/parameter_events", "/rosout")
"""What all nodes of a network have in common."""
OFFSET = 100
"""Between the images of the first robot and those of the second."""


class Robot:
    """The camera of a robot and a listener to its localizer, by relative names alone."""

    def __init__(self, name, first_image):
        self.name = name
        self._first_image = first_image
        self.node = Node("robot", namespace=name)
        self._rgb = self.node.create_publisher(Image, "camera/image", 10)
        self._depth = self.node.create_publisher(Image, "depth/image", 10)
        self.poses = []
        self._poses = self.node.create_subscription(
            PoseStamped, "vmloc/pose", self.poses.append, 10
        )
        self.statuses = set()
        """Name and hardware_id of each status on /diagnostics, where both robots speak."""
        self.node.create_subscription(DiagnosticArray, "/diagnostics", self._take_note, 10)

    def is_matched(self):
        return (
            self._rgb.get_subscription_count()
            and self._depth.get_subscription_count()
            and self._poses.get_publisher_count()
        )

    def _take_note(self, diagnostics):
        self.statuses |= {(status.name, status.hardware_id) for status in diagnostics.status}

    def image(self, number, frame_of):
        return frame_of(self._first_image + number)

    def send(self, number, frame_of):
        """Publish an image of its own, with the stamp that the others' has too."""
        frame, stamp_ns = self.image(number, frame_of), frame_of(number).stamp_ns
        self._rgb.publish(message(frame.rgb, "rgb8", stamp_ns))
        self._depth.publish(message(frame.depth_mm, "16UC1", stamp_ns))

    def call(self, kind, name, request, wait):
        client = self.node.create_client(kind, f"vmloc/{name}")
        wait(client.service_is_ready)
        future = client.call_async(request)
        wait(future.done)
        self.node.destroy_client(client)
        return future.result()

    def parameter(self, name, wait):
        request = GetParameters.Request(names=[name])
        return self.call(GetParameters, "get_parameters", request, wait).values[0].double_value

    def names(self):
        """The topics and services of its localizer."""
        node = ("vmloc", f"/{self.name}")
        kinds = ("publisher", "subscriber", "service", "client")
        looks = [getattr(self.node, f"get_{kind}_names_and_types_by_node") for kind in kinds]
        return {name for look in looks for name, _ in look(*node)}


def message(pixels, encoding, stamp_ns):
    height, width = pixels.shape[:2]
    image = Image(height=height, width=width, encoding=encoding)
    image.step = pixels.nbytes // height
    image.data = array("B", pixels.tobytes())
    image.header.frame_id = "camera_optical_frame"
    image.header.stamp.sec, image.header.stamp.nanosec = divmod(stamp_ns, 10**9)
    return image


def numbers(pose):
    p, q = pose.position, pose.orientation
    return [p.x, p.y, p.z, q.x, q.y, q.z, q.w]


@pytest.fixture
def robots(ros, spin):
    with ExitStack() as running:
        robots = [Robot(name, OFFSET * place) for place, name in enumerate("ab")]
        for robot in robots:
            running.callback(robot.node.destroy_node)
        running.enter_context(spin(*(robot.node for robot in robots)))
        yield robots


@pytest.fixture
def localizers(robots, start, tiny_bundle, wait):
    """A process for each robot, connected to its camera."""
    values = {"bundle": tiny_bundle, "device": "cpu", "base_frame": "''"}
    given = [word for name, value in values.items() for word in ("-p", f"{name}:={value}")]
    running = [
        start("localizer_program", "--ros-args", "-r", f"__ns:=/{robot.name}", *given)
        for robot in robots
    ]
    for robot in robots:
        wait(robot.is_matched)
    return running


def test_two_robots_do_not_hear_each_other(robots, localizers, wait, tiny_bundle, frame_of):
    first, second = robots
    for number in range(3):
        for robot in robots:
            robot.send(number, frame_of)
        wait(lambda number=number: all(len(robot.poses) == number + 1 for robot in robots))
    core = Localizer.load(tiny_bundle, "cpu")
    for robot in robots:
        for number, pose in enumerate(robot.poses):
            expected = core.localize(robot.image(number, frame_of)).T_map_camera
            answer = [*expected.position, *expected.quat_xyzw]
            np.testing.assert_allclose(numbers(pose.pose), answer, atol=1e-5)

    for robot in robots:
        own = {name for name in robot.names() if name not in SHARED}
        assert {f"/{robot.name}/vmloc/pose", f"/{robot.name}/vmloc/get_parameters"} <= own
        assert {name for name in own if not name.startswith(f"/{robot.name}/")} == set()

    statuses = {
        (f"{robot.name}/vmloc: {status}", f"/{robot.name}/vmloc")
        for robot in robots
        for status in STATUSES
    }
    wait(lambda: all(robot.statuses >= statuses for robot in robots))
    assert first.statuses == statuses

    change = Parameter("gate_sigma", value=3.0).to_parameter_msg()
    request = SetParameters.Request(parameters=[change])
    assert first.call(SetParameters, "set_parameters", request, wait).results[0].successful
    assert [robot.parameter("gate_sigma", wait) for robot in robots] == [3.0, 6.0]

    request = ChangeState.Request(transition=Transition(id=Transition.TRANSITION_DEACTIVATE))
    assert first.call(ChangeState, "change_state", request, wait).success
    wait(lambda: not first.is_matched())
    for robot in robots:
        robot.send(3, frame_of)
    wait(lambda: len(second.poses) == 4)
    assert len(first.poses) == 3
