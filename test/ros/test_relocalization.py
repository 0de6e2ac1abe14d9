"""A try to find the robot anew, without ROS."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from vmloc_ros.errors import VmlocError
from vmloc_ros.pose import Pose
from vmloc_ros.ros.extrinsic import BodyPose
from vmloc_ros.ros.relocalization import Relocalization
from vmloc_ros.validity import Rejection

REQUEST_NS = 50_000_000_000
PERIOD_NS = 100_000_000
LONG_S = 60.0
SHORT_S = 0.3
NOVEL = Rejection("novel", "2.1 times the limit")
JUMP = Rejection("jump", "1.00 m from where the odometry puts the robot")


def fix(number: int, x: float = 1.0) -> BodyPose:
    """The pose of an image taken `number` periods after the request."""
    pose = Pose(np.array([x, 2.0, 0.5]), np.array([0.0, 0.0, 0.6, 0.8]))
    covariance = np.diag([0.01, 0.04, 0.01, 0.0001, 0.0001, 0.0004])
    return BodyPose(REQUEST_NS + number * PERIOD_NS, pose, covariance)


class Try:
    """A try for three poses in a thread of its own; made when it has begun."""

    def __init__(self, tested: Relocalization, timeout_s: float) -> None:
        self.published: list[BodyPose] = []
        begun = threading.Event()
        tested.open(begun.set, self._publish)
        pool = ThreadPoolExecutor(1)
        self._answer = pool.submit(tested.run, REQUEST_NS, 3, timeout_s)
        pool.shutdown(wait=False)
        assert begun.wait(10.0)

    def _publish(self, body: BodyPose) -> str:
        self.published.append(body)
        return "sent on /initialpose"

    def answer(self) -> str:
        return self._answer.result(30.0)


def test_three_poses_that_agree_are_the_answer():
    tested = Relocalization()
    attempt = Try(tested, LONG_S)
    for number in range(1, 4):
        tested.on_fix(fix(number))

    answer = attempt.answer()

    # yaw = 2 atan2(0.6, 0.8); σ: √0.04 m, √0.0004 rad
    assert answer.startswith("found after 0.")
    assert answer.endswith(
        " s: x 1.00 y 2.00 z 0.50 m, yaw 73.7°, σ 0.20 m and 1.1°; sent on /initialpose"
    )
    assert [body.stamp_ns for body in attempt.published] == [fix(3).stamp_ns]


def test_images_older_than_the_request_do_not_count():
    tested = Relocalization()
    attempt = Try(tested, LONG_S)
    for number in (-3, -2, -1, 0, 1, 2):
        tested.on_fix(fix(number))
    attempt.answer()

    assert [body.stamp_ns for body in attempt.published] == [fix(2).stamp_ns]


def test_a_refused_pose_interrupts_the_row():
    tested = Relocalization()
    attempt = Try(tested, LONG_S)
    for number in (1, 2):
        tested.on_fix(fix(number))
    tested.on_rejection(NOVEL)
    for number in (4, 5, 6):
        tested.on_fix(fix(number))
    attempt.answer()

    assert attempt.published[0].stamp_ns == fix(6).stamp_ns


def test_silence_is_a_failure_in_time():
    tested = Relocalization()
    started_s = time.monotonic()
    attempt = Try(tested, SHORT_S)
    with pytest.raises(VmlocError, match=r"no image got through within 0\.3 s, see /diagnostics"):
        attempt.answer()

    assert time.monotonic() - started_s >= SHORT_S


def test_silence_is_explained_where_somebody_can():
    attempt = Try(Relocalization(lambda: "/camera/image has no publisher"), SHORT_S)
    with pytest.raises(VmlocError, match=r"within 0\.3 s: /camera/image has no publisher$"):
        attempt.answer()


def test_a_failure_counts_the_refused_poses_by_reason():
    tested = Relocalization()
    attempt = Try(tested, SHORT_S)
    for rejection in (NOVEL, JUMP, NOVEL):
        tested.on_rejection(rejection)
    expected = r"within 0\.3 s: refused: 2 novel, 1 jump \(last: 2\.1 times the limit\)$"
    with pytest.raises(VmlocError, match=expected):
        attempt.answer()


def test_a_failure_says_how_far_it_came():
    tested = Relocalization()
    attempt = Try(tested, SHORT_S)
    for number, x in enumerate((0.0, 0.0, 9.0), start=1):
        tested.on_fix(fix(number, x))
    with pytest.raises(VmlocError, match=r"2 of 3 poses in a row agreed$"):
        attempt.answer()


def test_a_failure_names_a_clock_that_the_images_do_not_follow():
    tested = Relocalization()
    attempt = Try(tested, SHORT_S)
    for number in range(-43, -40):
        tested.on_fix(fix(number))
    with pytest.raises(VmlocError, match=r"3 images older than the request .* by 4\.10 s"):
        attempt.answer()


def test_a_second_try_at_the_same_time_is_refused():
    tested = Relocalization()
    first = Try(tested, LONG_S)
    with pytest.raises(VmlocError, match="another call is under way"):
        tested.run(REQUEST_NS, 3, LONG_S)
    for number in range(1, 4):
        tested.on_fix(fix(number))

    assert first.answer().startswith("found")


def test_after_a_try_there_can_be_another():
    tested = Relocalization()
    with pytest.raises(VmlocError, match="no image"):
        Try(tested, SHORT_S).answer()
    second = Try(tested, LONG_S)
    for number in range(1, 4):
        tested.on_fix(fix(number))

    assert second.answer().startswith("found")


def test_a_node_that_is_not_active_says_so_at_once():
    with pytest.raises(VmlocError, match=r"^the node is not active$"):
        Relocalization().run(REQUEST_NS, 3, LONG_S)


def test_closing_ends_a_try_with_its_reason():
    tested = Relocalization()
    attempt = Try(tested, LONG_S)
    started_s = time.monotonic()
    tested.close("the node shuts down")
    with pytest.raises(VmlocError, match=r"^the node shuts down$"):
        attempt.answer()

    assert time.monotonic() - started_s < LONG_S / 2
    assert attempt.published == []


def test_a_try_that_was_ended_stays_so_when_the_node_is_active_again():
    tested = Relocalization()
    attempt = Try(tested, LONG_S)
    tested.close("the node was deactivated")
    tested.open(lambda: None, lambda body: "")
    with pytest.raises(VmlocError, match=r"^the node was deactivated$"):
        attempt.answer()


def test_after_a_jump_of_the_clock_every_image_is_new():
    tested = Relocalization()
    attempt = Try(tested, LONG_S)
    for number in (1, 2):
        tested.on_fix(fix(number))
    tested.reset()
    for number in (-100, -99, -98):  # a recording that began again
        tested.on_fix(fix(number))
    attempt.answer()

    assert attempt.published[0].stamp_ns == fix(-98).stamp_ns
