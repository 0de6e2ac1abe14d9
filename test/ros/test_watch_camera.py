"""The answers come from a node of this process that has the parameters of the localizer."""

import numpy as np
import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not installed")

from rclpy.node import Node
from rclpy.parameter import Parameter

from vmloc_ros.ros.watch_camera import CameraOnBody

CAMERA = "camera_optical_frame"
HALF = float(np.sqrt(0.5))


@pytest.fixture
def ask(ros, spin, wait):
    """Return what a watcher knows of the camera of a localizer with these parameters."""
    nodes = []

    def ask_localizer(base_frame, extrinsic=()):
        localizer, watcher = Node("asked"), Node("asking")
        nodes.extend((localizer, watcher))
        localizer.declare_parameter("base_frame", base_frame)
        localizer.declare_parameter("extrinsic", Parameter.Type.DOUBLE_ARRAY)
        numbers = [float(number) for number in extrinsic]
        localizer.set_parameters([Parameter("extrinsic", Parameter.Type.DOUBLE_ARRAY, numbers)])
        camera = CameraOnBody(watcher, "/asked")
        with spin(localizer, watcher):
            wait(lambda: (camera.ask(), camera.is_answered)[1])
        return camera

    yield ask_localizer
    for node in nodes:
        node.destroy_node()


def test_the_camera_is_the_body_where_no_body_is_named(ask):
    place = ask("").place(CAMERA)
    np.testing.assert_allclose(place.matrix(), np.eye(4))


def test_the_extrinsic_of_the_localizer_is_turned_round(ask):
    """The body is at (1, 2, 3) in the camera and turned by 90° about z: R⁻¹ takes (x, y) to
    (y, −x), and the camera is at −R⁻¹ (1, 2, 3) in the body."""
    place = ask("base_link", (1, 2, 3, 0, 0, HALF, HALF)).place(CAMERA)
    np.testing.assert_allclose(place.position, [-2.0, 1.0, -3.0], atol=1e-12)
    np.testing.assert_allclose(place.quat_xyzw, [0.0, 0.0, -HALF, HALF], atol=1e-12)


def test_where_tf_does_not_know_the_camera_its_place_is_not_guessed(ask):
    assert ask("base_link").place(CAMERA) is None


def test_before_the_answer_the_place_is_not_guessed(ros):
    watcher = Node("asking")
    assert CameraOnBody(watcher, "/nobody").place(CAMERA) is None
    watcher.destroy_node()
