"""With the real tf2 and talkers in processes of their own."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

pytest.importorskip("tf2_ros", reason="tf2_ros is not installed")

import tf2_ros
from rclpy.duration import Duration
from rclpy.node import Node
from rclpy.time import Time

from vmloc_ros.config import NodeConfig
from vmloc_ros.pose import Pose, PoseEstimate
from vmloc_ros.ros import edge_watch
from vmloc_ros.ros.extrinsic import BodyPose
from vmloc_ros.ros.geometry_messages import read_transform
from vmloc_ros.ros.robot_frames import RobotFrames
from vmloc_ros.ros.tf2 import Tf2Transforms
from vmloc_ros.ros.transforms import TransformError

S = 10**9
SPEED_M_S = 0.5
HALF = np.sqrt(0.5)

TALKER = """
import sys, time
import rclpy, tf2_ros
from geometry_msgs.msg import TransformStamped
from rclpy.node import Node

kind, parent, child, *numbers = sys.argv[1:]
rclpy.init(args=[])
node = Node("talker")
is_static = kind == "static"
sender = (tf2_ros.StaticTransformBroadcaster if is_static else tf2_ros.TransformBroadcaster)(node)
message = TransformStamped(child_frame_id=child)
message.header.frame_id = parent
at, to = message.transform.translation, message.transform.rotation
if kind == "moving":
    began_ns, speed_m_s = int(numbers[0]), float(numbers[1])
    to.w = 1.0
else:
    at.x, at.y, at.z, to.x, to.y, to.z, to.w = map(float, numbers)
while True:
    now_ns = time.time_ns()
    message.header.stamp.sec, message.header.stamp.nanosec = divmod(now_ns, 10**9)
    if kind == "moving":
        at.x = speed_m_s * (now_ns - began_ns) * 1e-9
    sender.sendTransform(message)
    time.sleep(3600 if is_static else 0.02)
"""


@pytest.fixture(autouse=True)
def prompt():
    """As the node does: two executors in a process keep the interpreter from each other."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-4)
    yield
    sys.setswitchinterval(before)


@pytest.fixture
def talk():
    """Publish a transform from another process: talk(kind, parent, child, *numbers)."""
    running = []

    def start(*words):
        command = [sys.executable, "-c", TALKER, *map(str, words)]
        running.append(subprocess.Popen(command, env=dict(os.environ), stderr=subprocess.DEVNULL))
        return running[-1]

    yield start
    for process in running:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.wait(10)


@pytest.fixture
def node(ros, spin):
    node = Node("vmloc")
    with spin(node, threads=3):
        yield node
    node.destroy_node()


@pytest.fixture
def open_frames(node):
    """Open RobotFrames: open_frames(**parameters)."""
    opened = []

    def start(**parameters):
        opened.append(RobotFrames(node, NodeConfig(**parameters), "bundle_camera"))
        return opened[-1]

    yield start
    for frames in opened:
        frames.close()


@pytest.fixture
def consumer(ros, spin):
    """A tf buffer as nav2 has it, in a node of its own: consumer(target, source) at now()."""
    node = Node("navigation")
    buffer = tf2_ros.Buffer(node=node)
    listener = tf2_ros.TransformListener(buffer, node)

    def lookup(target, source, timeout_s=0.0):
        now = node.get_clock().now()
        found = buffer.lookup_transform(target, source, now, Duration(seconds=timeout_s))
        return now.nanoseconds, read_transform(found.transform)

    lookup.buffer = buffer
    with spin(node, threads=2):
        yield lookup
    listener.unregister()
    node.destroy_node()


def numbers(pose):
    return [*pose.position, *pose.quat_xyzw]


def test_an_extrinsic_that_comes_late_is_found_within_a_second_and_tf_then_rests(
    node, open_frames, talk, wait
):
    frames = open_frames()
    T_map_camera = Pose(np.array([1.0, 2.0, 3.0]), np.array([0.0, 0.0, HALF, HALF]))

    def answer():
        return frames.body(PoseEstimate(time.time_ns(), T_map_camera, np.eye(6), ()), "camera")

    assert answer() is None
    missing = frames.health.missing
    assert missing.startswith("tf does not say where 'base_link' is in 'camera': ")
    assert "no frame 'base_link' on /tf or /tf_static; frames there: none" in missing
    began_s = time.monotonic()
    while time.monotonic() - began_s < 2.0:
        assert answer() is None
        time.sleep(0.05)

    # The camera sits 0.2 m ahead of the base and 0.5 m above, its optical axis along the base's x.
    talk("static", "base_link", "camera", 0.2, 0.0, 0.5, -0.5, 0.5, -0.5, 0.5)
    wait(lambda: node.count_publishers("/tf_static"))
    began_s = time.monotonic()
    wait(answer)
    assert time.monotonic() - began_s < 1.0
    assert frames.health.missing == "" and frames.health.extrinsic == "tf"
    # In the optical frame (x right, y down, z ahead) the base is at (0, 0.5, -0.2): 0.5 m below
    # and 0.2 m behind. Map has turned that by 90° about z: (x, y, z) → (-y, x, z).
    body = answer()
    np.testing.assert_allclose(body.T_map_body.position, [0.5, 2.0, 2.8], atol=1e-6)
    # R_map_camera R_camera_base: columns are the base's axes in map.
    # x of base is z of camera, is z of map; y of base is -x of camera, is -y of map; z follows.
    expected = [[0.0, 0.0, 1.0], [0.0, -1.0, 0.0], [1.0, 0.0, 0.0]]
    np.testing.assert_allclose(body.T_map_body.rotation.as_matrix(), expected, atol=1e-6)
    wait(lambda: node.count_subscribers("/tf") == 0)
    assert node.count_publishers("/tf") == 0
    assert answer() is not None  # from memory


def test_a_frame_that_is_spelt_wrong_is_named_beside_those_that_exist(node, talk, wait):
    transforms = Tf2Transforms(node)
    talk("static", "base_link", "camera_link", 0, 0, 0, 0, 0, 0, 1)
    wait(lambda: transforms.is_static("camera_link", "base_link"))
    with pytest.raises(TransformError) as caught:
        transforms.lookup("camera", "base_link")
    assert str(caught.value) == (
        "tf does not say where 'base_link' is in 'camera': no frame 'camera' on /tf or /tf_static; "
        "frames there: base_link, camera_link"
    )
    transforms.close()


def test_a_moving_camera_is_found_at_the_stamp_of_the_image(node, open_frames, talk, wait):
    frames = open_frames()
    began_ns = time.time_ns()
    talk("moving", "camera", "base_link", began_ns, SPEED_M_S)
    wait(lambda: frames.extrinsic.at("camera", time.time_ns() - S // 10))
    stamp_ns = time.time_ns()
    wait(lambda: frames.extrinsic.at("camera", stamp_ns))
    expected_m = SPEED_M_S * (stamp_ns - began_ns) / S
    x_m, *_ = frames.extrinsic.at("camera", stamp_ns).position
    assert x_m == pytest.approx(expected_m, abs=1e-6)
    assert frames.extrinsic.at("camera", stamp_ns + 60 * S) is None
    assert "extrapolation into the future" in frames.health.missing
    assert node.count_subscribers("/tf") == 1


def test_a_transform_on_its_way_can_be_waited_for_and_a_cleared_one_is_gone(node, talk, wait):
    transforms = Tf2Transforms(node)
    began_ns = time.time_ns()
    talk("moving", "odom", "base_link", began_ns, SPEED_M_S)
    with pytest.raises(TransformError):  # frames that nobody knows are not waited for
        transforms.lookup("nowhere", "base_link", time.time_ns(), wait_s=30.0)

    def is_known():
        try:
            return transforms.lookup("odom", "base_link")
        except TransformError:
            return None

    wait(is_known)
    stamp_ns = time.time_ns()
    x_m, *_ = transforms.lookup("odom", "base_link", stamp_ns, wait_s=30.0).position
    assert x_m == pytest.approx(SPEED_M_S * (stamp_ns - began_ns) / S, abs=1e-6)
    transforms.clear()
    with pytest.raises(TransformError, match="where 'base_link' is in 'odom'"):
        transforms.lookup("odom", "base_link", stamp_ns)
    transforms.close()


class Robot:
    """Drives along x of odom; odom's origin is at (5, 1) of map, turned by 90°."""

    T_map_odom = Pose(np.array([5.0, 1.0, 0.0]), np.array([0.0, 0.0, HALF, HALF]))

    def __init__(self, frames):
        self._frames = frames
        self.began_ns = time.time_ns()

    def T_map_base(self, stamp_ns):
        x = SPEED_M_S * (stamp_ns - self.began_ns) / S
        return self.T_map_odom @ Pose(np.array([x, 0.0, 0.0]), np.array([0.0, 0.0, 0.0, 1.0]))

    def localize(self):
        stamp_ns = time.time_ns()
        self._frames.publish(BodyPose(stamp_ns, self.T_map_base(stamp_ns), np.eye(6)))


EXTRINSIC = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0)


def test_navigation_finds_the_robot_at_now_while_fixes_are_fresh_and_fails_cleanly_after(
    open_frames, consumer, talk, wait
):
    # Long times: the machine may be busy with something else for a while.
    frames = open_frames(
        extrinsic=EXTRINSIC, tf_mode="map_to_odom", transform_tolerance_s=1.0, fix_timeout_s=2.0
    )
    robot = Robot(frames)
    talk("moving", "odom", "base_link", robot.began_ns, SPEED_M_S)
    wait(lambda: consumer.buffer.can_transform("odom", "base_link", Time()))
    time.sleep(1.2)  # it would speak by now
    with pytest.raises(tf2_ros.LookupException, match=r'"map".*does not exist'):
        consumer("map", "base_link")
    assert frames.health.broadcasts == 0

    robot.localize()
    wait(lambda: consumer.buffer.can_transform("map", "odom", Time(nanoseconds=time.time_ns())))
    for number in range(30):
        if number % 5 == 0:
            robot.localize()
        consumer("map", "odom")
        now_ns, T_map_base = consumer("map", "base_link", timeout_s=5.0)  # odometry is in arrears
        expected = numbers(robot.T_map_base(now_ns))
        np.testing.assert_allclose(numbers(T_map_base), expected, atol=1e-6)
        time.sleep(0.05)
    health = frames.health
    assert health.conflict == "" and health.odometry_missing == ""  # it knows its own transforms
    assert health.broadcasts > 20

    def is_lost():
        try:
            consumer("map", "odom")
        except tf2_ros.ExtrapolationException as err:
            return "into the future" in str(err)
        return False

    last_s = time.monotonic()
    robot.localize()
    wait(is_lost)
    assert time.monotonic() - last_s > 2.9
    sent = frames.health.broadcasts
    time.sleep(0.3)
    assert frames.health.broadcasts == sent


def test_map_to_base_gives_the_robots_pose_at_the_images_stamps(open_frames, consumer, wait):
    frames = open_frames(extrinsic=EXTRINSIC, tf_mode="map_to_base")
    T_map_base = Pose(np.array([1.0, 2.0, 3.0]), np.array([0.0, 0.0, HALF, HALF]))
    stamps_ns = []

    def localize():
        stamps_ns.append(time.time_ns())
        frames.publish(BodyPose(stamps_ns[-1], T_map_base, np.eye(6)))
        return frames.health.broadcasts >= 2

    wait(localize)
    wait(lambda: consumer.buffer.can_transform("map", "base_link", Time(nanoseconds=stamps_ns[-1])))
    found = consumer.buffer.lookup_transform("map", "base_link", Time())
    assert Time.from_msg(found.header.stamp).nanoseconds == stamps_ns[-1]
    np.testing.assert_allclose(numbers(read_transform(found.transform)), numbers(T_map_base))


@pytest.mark.parametrize("kind", ["fixed", "static"])
def test_a_transform_that_somebody_else_publishes_is_left_to_them(
    open_frames, talk, wait, kind, monkeypatch
):
    monkeypatch.setattr(edge_watch, "SILENCE_NS", S)
    frames = open_frames(extrinsic=EXTRINSIC, tf_mode="map_to_base")
    robot = Robot(frames)
    wait(lambda: robot.localize() or frames.health.broadcasts)
    other = talk(kind, "odom", "base_link", 0, 0, 0, 0, 0, 0, 1)
    wait(lambda: frames.health.conflict)
    assert frames.health.conflict.startswith("'base_link' already has the parent 'odom'; ")
    wait(lambda: frames.health.conflict.endswith("; on tf publish: /talker"))  # its name is known
    sent = frames.health.broadcasts
    for _ in range(10):
        robot.localize()
        time.sleep(0.02)
    assert frames.health.broadcasts == sent
    other.send_signal(signal.SIGINT)
    other.wait(10)
    if kind == "fixed":
        wait(lambda: robot.localize() or frames.health.broadcasts > sent)
        assert frames.health.conflict == ""
    else:  # nobody takes a static transform back
        time.sleep(1.5)
        robot.localize()
        assert frames.health.broadcasts == sent


def test_opening_and_closing_leaves_nothing_behind(node, open_frames, wait):
    before = node.get_service_names_and_types(), list(node.subscriptions), list(node.publishers)
    for _ in range(3):
        open_frames(tf_mode="map_to_odom").close()
    after = node.get_service_names_and_types(), list(node.subscriptions), list(node.publishers)
    assert before == after
    assert list(node.timers) == []
