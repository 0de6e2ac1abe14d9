"""The node with the real tf2: no pose before the camera's place on the robot is known."""

import time

import numpy as np
import pytest

pytest.importorskip("tf2_ros", reason="tf2_ros is not installed")

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.qos import DurabilityPolicy, QoSProfile
from tf2_msgs.msg import TFMessage

from vmloc_ros.localizer import Localizer
from vmloc_ros.pose import Pose
from vmloc_ros.ros.geometry_messages import make_transform, read_pose

LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)


def test_poses_are_those_of_the_robot_and_begin_when_tf_knows_its_camera(
    peer, start_node, wait, tiny_bundle, frame_of
):
    node = start_node(base_frame="base_link", novelty_limit="0.0", map_margin_m="1000.0")
    node.wait_for("configured: ")
    wait(peer.is_matched)
    statuses = {}
    peer.node.create_subscription(
        DiagnosticArray,
        "/diagnostics",
        lambda message: statuses.update(
            {s.name.split(": ")[-1]: s.message for s in message.status}
        ),
        10,
    )
    numbers = iter(range(10_000))
    began_s = time.monotonic()
    while time.monotonic() - began_s < 2.0 or "'base_link'" not in statuses.get("tf", ""):
        peer.send(next(numbers))
        time.sleep(0.1)
        assert time.monotonic() - began_s < 20.0, statuses
    assert "where 'base_link' is in 'camera_optical_frame'" in statuses["tf"]
    assert peer.poses == [] and peer.covariances == []

    T_base_camera = Pose(np.array([0.2, 0.0, 0.5]), np.array([-0.5, 0.5, -0.5, 0.5]))
    sender = peer.node.create_publisher(TFMessage, "/tf_static", LATCHED)
    mounted = make_transform("base_link", "camera_optical_frame", 1, T_base_camera)
    sender.publish(TFMessage(transforms=[mounted]))
    sent = {}

    def answers():
        number = next(numbers)
        sent[peer.send(number)] = number
        time.sleep(0.1)
        return peer.stamps_ns()

    wait(answers)
    (stamp_ns, *_), pose = peer.stamps_ns(), read_pose(peer.poses[0].pose)
    estimate = Localizer.load(tiny_bundle, "cpu").localize(frame_of(sent[stamp_ns]))
    # The optical frame looks along the base's x: the base is 0.5 m below it and 0.2 m behind.
    T_camera_base = Pose(np.array([0.0, 0.5, -0.2]), np.array([0.5, -0.5, 0.5, 0.5]))
    expected = estimate.T_map_camera @ T_camera_base
    assert pose.distance_m(expected) < 1e-5
    assert pose.angle_deg(expected) < 1e-3
    assert "Traceback" not in node.log
