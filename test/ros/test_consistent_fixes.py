"""Rows of poses that tell of one place."""

import numpy as np
import pytest

from vmloc_ros.pose import Pose
from vmloc_ros.ros.consistent_fixes import ConsistentFixes
from vmloc_ros.ros.extrinsic import BodyPose

PERIOD_NS = 100_000_000
SIGMA = np.array([0.1, 0.1, 0.1, 0.01, 0.01, 0.01])


def pose(x: float, yaw: float = 0.0) -> Pose:
    return Pose(np.array([x, 0.0, 0.0]), np.array([0.0, 0.0, np.sin(yaw / 2), np.cos(yaw / 2)]))


def fix(number: float, x: float, yaw: float = 0.0) -> BodyPose:
    stamp_ns = 1_000_000_000 + round(number * PERIOD_NS)
    return BodyPose(stamp_ns, pose(x, yaw), np.diag(np.square(SIGMA)))


def rows(*xs: float) -> list[int]:
    """Length of the row after each pose, ten a second, without odometry."""
    fixes = ConsistentFixes()
    return [fixes.add(fix(number, x)) for number, x in enumerate(xs)]


def test_poses_of_one_place_make_a_row():
    assert rows(0.0, 0.1, -0.1, 0.05) == [1, 2, 3, 4]


def test_a_pose_elsewhere_begins_a_new_row():
    assert rows(0.0, 0.0, 5.0, 5.0, 0.0) == [1, 2, 1, 2, 1]


def test_one_bad_pose_in_front_does_not_keep_the_good_ones_out():
    assert rows(9.0, 0.0, 0.0, 0.0) == [1, 1, 2, 3]


# 3 m/s for 0.1 s, and 4 σ of √2 · 0.1 m: 0.3 + 0.566
@pytest.mark.parametrize(("x", "row"), [(0.86, 2), (0.87, 1)])
def test_without_odometry_a_sane_speed_and_the_errors_explain_so_much(x, row):
    assert rows(0.0, x)[-1] == row


# 3 rad/s for 0.1 s, and 4 σ of √2 · 0.01 rad: 0.3 + 0.0566
@pytest.mark.parametrize(("yaw", "row"), [(0.35, 2), (0.36, 1)])
def test_without_odometry_a_sane_turn_and_the_errors_explain_so_much(yaw, row):
    fixes = ConsistentFixes()
    fixes.add(fix(0, 0.0))

    assert fixes.add(fix(1, 0.0, yaw)) == row


def test_with_odometry_the_motion_is_taken_off():
    fixes = ConsistentFixes()

    followed = [fixes.add(fix(number, 2.0 * number), pose(2.0 * number)) for number in range(3)]

    assert followed == [1, 2, 3]  # 20 m/s, as the wheels say


def test_with_odometry_a_robot_at_rest_has_no_speed_for_an_excuse():
    fixes = ConsistentFixes()
    fixes.add(fix(0, 0.0), pose(0.0))

    assert fixes.add(fix(1, 0.8), pose(0.0)) == 1  # 0.8 / √(2 · 0.1² + 0.02²) = 5.6 σ


def test_odometry_at_one_end_only_is_none():
    fixes = ConsistentFixes()
    fixes.add(fix(0, 0.0), pose(0.0))

    assert fixes.add(fix(1, 0.8)) == 2


def test_steps_that_add_up_are_no_agreement():
    row = rows(*(0.8 * number for number in range(6)))  # 8 m/s

    assert max(row) < 4


@pytest.mark.parametrize("number", [0, -1, 21])
def test_the_same_image_an_older_one_or_a_late_one_does_not_follow(number):
    fixes = ConsistentFixes()
    fixes.add(fix(0, 0.0))

    assert fixes.add(fix(number, 0.0)) == 1


def test_clear_begins_anew():
    fixes = ConsistentFixes()
    fixes.add(fix(0, 0.0))
    fixes.clear()

    assert fixes.add(fix(1, 0.0)) == 1
