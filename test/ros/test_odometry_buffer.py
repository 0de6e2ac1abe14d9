import threading

import numpy as np
import pytest

from vmloc_ros.pose import Pose
from vmloc_ros.ros.odometry_buffer import LENGTH, OdometryBuffer

MS, S = 10**6, 10**9
START = 1_700_000_000 * S


def turned(x, yaw_deg=0.0):
    half = np.radians(yaw_deg) / 2
    return Pose(np.array([x, 0.0, 0.0]), np.array([0.0, 0.0, np.sin(half), np.cos(half)]))


def filled(*poses):
    """Poses at START + 0, 100, 200 … ms."""
    buffer = OdometryBuffer()
    for number, pose in enumerate(poses):
        buffer.add(START + number * 100 * MS, pose)
    return buffer


def test_between_two_poses_the_position_is_linear_and_the_rotation_turns_evenly():
    buffer = filled(turned(1.0, 0.0), turned(3.0, 90.0))
    found = buffer.at(START + 25 * MS)
    np.testing.assert_allclose(found.position, [1.5, 0.0, 0.0])
    assert found.angle_deg(turned(0.0, 22.5)) == pytest.approx(0.0, abs=1e-6)
    assert buffer.missing == ""


def test_at_a_stamp_the_pose_is_the_one_that_was_given():
    buffer = filled(turned(1.0), turned(2.0), turned(5.0))
    assert [buffer.at(START + n * 100 * MS).position[0] for n in range(3)] == [1.0, 2.0, 5.0]


@pytest.mark.parametrize(
    ("offset_ms", "answer"), [(-21, None), (-20, 1.0), (120, 2.0), (121, None)]
)
def test_beyond_the_ends_the_last_pose_holds_for_20_ms_and_nothing_is_extrapolated(
    offset_ms, answer
):
    found = filled(turned(1.0), turned(2.0)).at(START + offset_ms * MS)
    assert (found.position[0] if found else None) == answer


def test_what_is_missing_is_said():
    buffer = OdometryBuffer()
    assert buffer.at(START) is None
    assert buffer.missing == "there is no odometry yet"
    buffer.add(START, turned(1.0))
    assert buffer.at(START + 310 * MS) is None
    assert buffer.missing == "the odometry ends 0.31 s before the image"
    assert buffer.at(START - 2 * S) is None
    assert buffer.missing == "the odometry begins 2.00 s after the image"
    buffer.add(START + 600 * MS, turned(2.0))
    assert buffer.at(START + 300 * MS) is None
    assert buffer.missing == "the odometry has a gap of 0.60 s at the image"
    assert buffer.at(START + 600 * MS).position[0] == 2.0
    assert buffer.missing == ""


def test_a_late_pose_is_let_go_and_a_jump_back_begins_anew():
    buffer = filled(turned(1.0), turned(2.0))
    buffer.add(START + 50 * MS, turned(9.0))
    assert buffer.at(START + 50 * MS).position[0] == 1.5
    buffer.add(START - 60 * S, turned(7.0))
    assert buffer.at(START - 60 * S).position[0] == 7.0
    assert buffer.at(START) is None


def test_the_last_ten_seconds_are_kept_and_never_more_than_the_limit():
    buffer = OdometryBuffer()
    for number in range(12):
        buffer.add(START + number * S, turned(number))
    assert buffer.at(START + 1 * S).position[0] == 1.0
    assert buffer.at(START) is None
    for number in range(LENGTH + 1):  # 10 kHz
        buffer.add(START + 20 * S + number * MS // 10, turned(number))
    assert buffer.at(START + 20 * S - 20 * MS) is None
    assert buffer.at(START + 20 * S + MS // 10).position[0] == 1.0


def test_odometry_that_is_late_can_be_waited_for_and_one_that_never_came_is_not():
    buffer = OdometryBuffer()
    assert buffer.at(START, wait_s=60.0) is None
    buffer.add(START, turned(1.0))
    late = threading.Timer(0.05, buffer.add, (START + 100 * MS, turned(3.0)))
    late.start()
    assert buffer.at(START + 50 * MS, wait_s=60.0).position[0] == 2.0
    late.join()
    assert buffer.at(START + 500 * MS, wait_s=0.01) is None


def test_after_clear_there_is_no_odometry():
    buffer = filled(turned(1.0))
    buffer.clear()
    assert buffer.at(START) is None
