"""`~/relocalize` over DDS: it answers after it tried, and holds nobody up."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from vmloc_ros.config import NodeConfig
from vmloc_ros.pose import Pose
from vmloc_ros.ros.extrinsic import BodyPose
from vmloc_ros.ros.relocalization import Relocalization

pytest.importorskip("rclpy", reason="needs ROS 2")

from rcl_interfaces.srv import GetParameters
from rclpy.node import Node
from std_srvs.srv import Trigger

from vmloc_ros.ros.relocalize import RelocalizeService


class Robot:
    """A node with the service, and somebody who calls it."""

    def __init__(self, relocalize_timeout_s: float = 60.0) -> None:
        self.config = NodeConfig(relocalize_timeout_s=relocalize_timeout_s, initialpose_after=2)
        self.node, self.caller = Node("robot"), Node("caller")
        self.tries: list[str] = []
        self.relocalization = Relocalization()
        RelocalizeService(self.node, self.relocalization, lambda: self.config)
        self._client = self.caller.create_client(Trigger, "/robot/relocalize")
        self._parameters = self.caller.create_client(GetParameters, "/robot/get_parameters")

    def activate(self) -> None:
        self.relocalization.open(lambda: self.tries.append("begun"), lambda body: "sent")

    def is_ready(self) -> bool:
        return self._client.service_is_ready() and self._parameters.service_is_ready()

    def call(self) -> object:
        return self._client.call_async(Trigger.Request())

    def ask_for_a_parameter(self) -> object:
        return self._parameters.call_async(GetParameters.Request(names=["use_sim_time"]))

    def see(self, x: float = 1.0) -> None:
        """Bring the pose of an image taken now."""
        pose = Pose(np.array([x, 0.0, 0.0]), np.array([0.0, 0.0, 0.0, 1.0]))
        now_ns = self.node.get_clock().now().nanoseconds
        self.relocalization.on_fix(BodyPose(now_ns, pose, np.diag([0.01] * 6)))


@pytest.fixture
def robot(ros: None, spin: Callable, wait: Callable) -> Iterator[Robot]:
    robot = Robot()
    with spin(robot.node), spin(robot.caller, threads=2):
        wait(robot.is_ready)
        yield robot
        robot.relocalization.close()
    robot.node.destroy_node()
    robot.caller.destroy_node()


def test_it_answers_when_the_robot_is_found(robot, wait):
    robot.activate()
    future = robot.call()
    wait(lambda: robot.tries)
    assert not future.done()
    robot.see()
    robot.see()
    wait(future.done)

    assert future.result().success
    assert "x 1.00 y 0.00 z 0.00 m" in future.result().message


def test_without_images_it_fails_within_its_time(robot, wait):
    robot.config = NodeConfig(relocalize_timeout_s=0.2)
    robot.activate()
    future = robot.call()
    wait(future.done)

    assert not future.result().success
    assert future.result().message == "no image got through within 0.2 s, see /diagnostics"


def test_a_node_that_is_not_active_says_so(robot, wait):
    future = robot.call()
    wait(future.done)

    assert not future.result().success
    assert future.result().message == "the node is not active"


def test_while_it_tries_other_services_answer_and_a_second_call_is_refused(robot, wait):
    robot.activate()
    first = robot.call()
    wait(lambda: robot.tries)

    parameter, second = robot.ask_for_a_parameter(), robot.call()
    wait(lambda: parameter.done() and second.done())

    assert "another call is under way" in second.result().message
    assert not first.done()


def test_deactivation_ends_it_with_the_reason(robot, wait):
    robot.activate()
    future = robot.call()
    wait(lambda: robot.tries)
    robot.relocalization.close("the node was deactivated")
    wait(future.done)

    assert not future.result().success
    assert future.result().message == "the node was deactivated"


def test_whatever_goes_wrong_the_caller_gets_an_answer(robot, wait):
    def fail() -> None:
        raise RuntimeError("the gate is stuck")

    robot.relocalization.open(fail, lambda body: "")
    future = robot.call()
    wait(future.done)

    assert future.result().message == "RuntimeError: the gate is stuck"
