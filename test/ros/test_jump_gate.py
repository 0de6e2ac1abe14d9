"""A gate that lets the robot drive and turns nonsense away."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from vmloc_ros.pose import Pose
from vmloc_ros.ros.extrinsic import BodyPose
from vmloc_ros.ros.jump_gate import JumpGate

SIGMA = np.array([0.05, 0.08, 0.10, 0.01, 0.02, 0.03])
HERE, THERE = 0.0, 4.0


def pose(x: float, y: float = 0.0, yaw: float = 0.0) -> Pose:
    return Pose(np.array([x, y, 0.0]), np.array([0.0, 0.0, np.sin(yaw / 2), np.cos(yaw / 2)]))


def fix(x: float, y: float = 0.0, yaw: float = 0.0) -> BodyPose:
    return BodyPose(0, pose(x, y, yaw), np.diag(np.square(SIGMA)))


def blurred(true: Pose, rng: np.random.Generator) -> BodyPose:
    error = rng.normal(size=6) * SIGMA
    rotation = Rotation.from_rotvec(error[3:]) * true.rotation  # about the fixed axes of map
    return BodyPose(0, Pose(true.position + error[:3], rotation.as_quat()), np.diag(SIGMA**2))


def verdicts(gate: JumpGate, *xs: float) -> list[bool]:
    """Whether poses at these x are accepted, of a robot that the odometry sees at rest."""
    return [gate.check(fix(x), pose(0.0)) is None for x in xs]


def test_errors_of_the_stated_size_are_hardly_ever_refused():
    rng = np.random.default_rng(1)
    gate = JumpGate(sigma_limit=6.0, reacquire_after=5)
    T_map_odom = pose(3.0, -2.0, 2.5)
    refused = 0
    for step in range(10_000):  # a circle with a radius of 2 m
        T_odom_body = pose(2 * np.cos(0.02 * step), 2 * np.sin(0.02 * step), 0.02 * step)
        refused += gate.check(blurred(T_map_odom @ T_odom_body, rng), T_odom_body) is not None
    assert refused <= 1  # 0.03 are expected


def test_a_jump_of_a_metre_is_caught_and_described():
    gate = JumpGate(sigma_limit=6.0, reacquire_after=5)
    gate.check(fix(HERE), pose(0.0))

    rejection = gate.check(fix(1.0), pose(0.0))

    # 1 / √(2 · 0.05² + 0.02²) = 13.6
    assert rejection is not None
    assert rejection.reason == "jump"
    assert rejection.detail == (
        "1.00 m and 0.0° from where the odometry puts the robot: 13.6 σ, 6 allowed"
    )


def test_a_motion_of_the_odometry_is_no_jump():
    gate = JumpGate(sigma_limit=6.0, reacquire_after=5)
    gate.check(fix(HERE), pose(0.0))

    assert gate.check(fix(THERE), pose(THERE)) is None


def test_after_an_outlier_the_truth_goes_on():
    gate = JumpGate(sigma_limit=6.0, reacquire_after=5)

    assert verdicts(gate, HERE, THERE, HERE, HERE) == [True, False, True, True]


@pytest.mark.parametrize("reacquire_after", [2, 3, 5])
def test_a_robot_moved_by_hand_is_believed_at_the_nth_pose(reacquire_after, caplog):
    gate = JumpGate(sigma_limit=6.0, reacquire_after=reacquire_after)
    gate.check(fix(HERE), pose(0.0))

    carried = verdicts(gate, *[THERE] * reacquire_after)

    assert carried == [False] * (reacquire_after - 1) + [True]
    assert "4.00 m and 0° from where the robot was taken to be" in caplog.text
    assert verdicts(gate, THERE, HERE) == [True, False]


def test_a_robot_that_drives_on_after_it_was_carried_is_believed_too():
    gate = JumpGate(sigma_limit=6.0, reacquire_after=3)
    gate.check(fix(HERE), pose(0.0))

    accepted = [gate.check(fix(THERE + 0.5 * n), pose(0.5 * n)) is None for n in range(3)]

    assert accepted == [False, False, True]


def test_nonsense_that_contradicts_itself_is_never_believed():
    gate = JumpGate(sigma_limit=6.0, reacquire_after=2)
    gate.check(fix(HERE), pose(0.0))

    assert not any(verdicts(gate, *[THERE, -THERE] * 10))


def test_a_good_pose_ends_a_row_of_outliers():
    gate = JumpGate(sigma_limit=6.0, reacquire_after=3)

    accepted = verdicts(gate, HERE, THERE, THERE, HERE, THERE, THERE)

    assert accepted == [True, False, False, True, False, False]


def test_without_odometry_nothing_is_judged_and_nothing_is_learnt():
    gate = JumpGate(sigma_limit=6.0, reacquire_after=5)
    gate.check(fix(HERE), pose(0.0))

    assert gate.check(fix(THERE), None) is None
    assert verdicts(gate, THERE, HERE) == [False, True]


def test_after_a_reset_the_next_pose_is_accepted():
    gate = JumpGate(sigma_limit=6.0, reacquire_after=5)
    gate.check(fix(HERE), pose(0.0))
    gate.reset()

    assert verdicts(gate, THERE, HERE) == [True, False]


def test_zero_opens_the_gate_and_a_later_limit_begins_anew():
    gate = JumpGate(sigma_limit=6.0, reacquire_after=5)
    gate.check(fix(HERE), pose(0.0))
    gate.set_limits(0.0, 5)
    assert verdicts(gate, THERE, -THERE) == [True, True]

    gate.set_limits(6.0, 5)

    assert verdicts(gate, THERE, HERE) == [True, False]


def test_limits_change_while_the_gate_is_at_work():
    gate = JumpGate(sigma_limit=6.0, reacquire_after=5)
    gate.check(fix(HERE), pose(0.0))
    assert verdicts(gate, 1.0) == [False]

    gate.set_limits(20.0, 5)  # 13.6 σ

    assert verdicts(gate, 1.0) == [True]


def test_a_pose_with_a_broken_covariance_does_not_pass():
    gate = JumpGate(sigma_limit=6.0, reacquire_after=2)
    gate.check(fix(HERE), pose(0.0))
    broken = BodyPose(0, pose(HERE), np.full((6, 6), np.nan))

    assert [gate.check(broken, pose(0.0)) is None for _ in range(5)] == [False] * 5
