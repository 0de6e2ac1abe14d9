"""Handing the pose over to AMCL: `~/relocalize` and `initialpose`."""

import signal
import time

import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not installed")

from geometry_msgs.msg import PoseWithCovarianceStamped
from std_srvs.srv import Trigger

RATE_HZ = 20.0
BUSY_S = 8.0
ON_A_ROBOT = {"base_frame": "base_link", "extrinsic": "[0.1, 0.2, 0.3, 0.5, -0.5, 0.5, 0.5]"}


@pytest.fixture
def amcl(peer):
    """What AMCL hears on its topic."""
    heard = []
    peer.node.create_subscription(PoseWithCovarianceStamped, "initialpose", heard.append, 10)
    return heard


def variances(message):
    return [message.pose.covariance[7 * axis] for axis in range(6)]


def test_without_images_relocalize_fails_in_its_time_and_says_why(
    peer, amcl, make_active_node, wait
):
    make_active_node(initialpose="on_request", relocalize_timeout_s=1.5, **ON_A_ROBOT)
    began_s = time.monotonic()
    answer = peer.trigger("relocalize")
    assert 1.5 <= time.monotonic() - began_s < 1.5 + BUSY_S
    assert not answer.success
    assert answer.message.startswith("no image got through within 1.5 s: ")
    assert "/camera/image has been silent" in answer.message
    assert amcl == []


def test_on_request_a_pose_is_sent_when_relocalize_has_found_the_robot(
    peer, amcl, make_active_node, repeat, wait
):
    make_active_node(initialpose="on_request", **ON_A_ROBOT)
    with repeat(peer.send_now, RATE_HZ):
        wait(lambda: len(peer.poses) > 5)
        assert amcl == []
        asked_ns = time.time_ns()
        answer = peer.trigger("relocalize")
    assert answer.success
    assert "sent on /initialpose" in answer.message
    wait(lambda: len(amcl) == 1)
    (sent,) = amcl
    assert sent.header.frame_id == "map"
    stamp_ns = sent.header.stamp.sec * 10**9 + sent.header.stamp.nanosec
    assert stamp_ns >= asked_ns  # made of images taken since
    position = sent.pose.pose.position
    found = next(pose for pose in peer.poses if pose.header.stamp == sent.header.stamp)
    there = found.pose.position
    assert (position.x, position.y, position.z) == (there.x, there.y, 0.0)
    assert f"x {position.x:.2f} y {position.y:.2f}" in answer.message
    assert all(1e-6 <= variance <= 1e6 for variance in variances(sent))


def test_images_that_are_refused_do_not_find_the_robot(
    peer, make_active_node, repeat, make_bundle, frame_of
):
    bundle = make_bundle(known=[frame_of(number) for number in range(8)])
    make_active_node(bundle=bundle, relocalize_timeout_s=1.0)
    with repeat(lambda: peer.send_now(seed=100), RATE_HZ):
        answer = peer.trigger("relocalize")
    assert not answer.success
    assert answer.message.startswith("not found within 1 s: refused: ")
    assert "novel (last: unlike every training image" in answer.message


def test_once_a_pose_is_sent_to_the_first_who_listens_and_never_again(
    peer, make_active_node, repeat, wait
):
    node = make_active_node(initialpose="once", initialpose_after=3, **ON_A_ROBOT)
    heard = []
    with repeat(peer.send_now, RATE_HZ):
        wait(lambda: len(peer.poses) > 5)  # nobody listens yet
        peer.node.create_subscription(PoseWithCovarianceStamped, "initialpose", heard.append, 10)
        wait(lambda: heard)
        so_far = node.snapshot().localization.published
        wait(lambda: node.snapshot().localization.published > so_far + 5)
        assert len(heard) == 1
        assert peer.trigger("relocalize").success
        wait(lambda: len(heard) == 2)


def test_sigint_ends_a_call_of_relocalize_with_an_answer(peer, start_node, wait):
    node = start_node(relocalize_timeout_s=60.0)
    wait(peer.is_matched)
    calls = [peer.begin("relocalize", Trigger.Request()) for _ in range(2)]
    wait(lambda: any(call.done() for call in calls))  # refused: the other one is under way
    assert node.stop(signal.SIGINT) == 0
    wait(lambda: all(call.done() for call in calls))
    assert "the node shuts down" in {call.result().message for call in calls}
    assert not any(call.result().success for call in calls)
    assert "Traceback" not in node.log
