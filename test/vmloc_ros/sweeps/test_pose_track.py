import numpy as np
import pytest
from drives import MS, START, S, driving, placed, track, turning

from vmloc_ros.sweeps import PoseTrack


def test_many_poses_are_those_that_are_asked_for_one_by_one():
    motion = track({0: placed(), 50: placed(2.0, 1.0, 60.0), 90: placed(3.0, 1.0, -170.0)})
    stamps_ns = START + np.array([-21, -20, 0, 1, 25, 50, 77, 90, 110, 111]) * MS
    many = motion.at_many(stamps_ns)
    for number, stamp_ns in enumerate(stamps_ns.tolist()):
        one = motion.at(stamp_ns)
        assert many.known[number] == (one is not None)
        if one is not None:
            np.testing.assert_allclose(many.positions[number], one.position, atol=1e-12)
            turned = many.rotations[number].inv() * one.rotation
            assert np.degrees(turned.magnitude()) < 1e-6
    assert many.known.tolist() == [False] + [True] * 8 + [False]


def test_times_in_a_gap_of_more_than_half_a_second_are_not_known():
    motion = track({0: placed(), 501: placed(x=1.0), 1001: placed(x=2.0)})
    known = motion.at_many(START + np.array([0, 250, 501, 600]) * MS).known
    assert known.tolist() == [True, False, True, True]
    assert motion.why_unknown(START + 250 * MS) == "the odometry has a gap of 0.50 s at the image"


def test_without_poses_nothing_is_known():
    assert track({}).at(START) is None
    assert track({}).at_many(np.array([START])).known.tolist() == [False]
    assert track({}).why_unknown(START) == "there is no odometry yet"
    assert track({}, translates=False).why_unknown(START) == "there is no gyroscope yet"


def test_what_was_known_at_a_time_does_not_depend_on_what_came_later():
    until = START + 95 * MS
    honest, altered = driving(10.0), {ms: placed(ms / 100.0) for ms in range(-500, 91, 10)}
    altered = track({**altered, 100: placed(999.0), 110: placed(-999.0)})
    for ms in (0.0, 42.0, 94.0, 95.0):
        known = [motion.until(until).at(START + round(ms * MS)) for motion in (honest, altered)]
        np.testing.assert_array_equal(known[0].position, known[1].position)


def test_up_to_the_time_itself_the_body_goes_on_as_evenly_as_it_did():
    moved = driving(10.0, last_ms=0).until(START + 35 * MS)
    assert moved.at(START + 35 * MS).position[0] == pytest.approx(0.35)
    assert moved.at(START + 20 * MS).position[0] == pytest.approx(0.20)
    turned = turning(1.0, last_ms=0).until(START + 35 * MS)
    angle = np.radians(placed().angle_deg(turned.at(START + 35 * MS)))
    assert angle == pytest.approx(0.035, abs=1e-6)


def test_noise_of_the_last_poses_is_not_blown_up():
    """Going on for 50 ms follows the last 50 ms, not the last millisecond."""
    poses = {ms: placed(ms / 100.0) for ms in range(-100, 1)}
    poses[0] = placed(0.01)  # 1 cm off
    moved = track(poses).until(START + 50 * MS)
    assert moved.at(START + 50 * MS).position[0] == pytest.approx(0.01 + 0.51)


@pytest.mark.parametrize(
    "motion",
    [
        driving(10.0, last_ms=-101),
        track({0: placed()}),  # one pose tells of no motion
        track({-20: placed(), 0: placed()}),  # 20 ms do not tell of the next 35
        track({}),
    ],
    ids=["0.1 s ago", "one pose", "too short", "none"],
)
def test_what_is_too_far_ahead_of_too_little_is_not_known(motion):
    assert motion.until(START + 35 * MS).at(START + 35 * MS) is None


def test_poses_after_a_break_have_nothing_to_do_with_those_before():
    poses = {0: placed(), 100: placed(x=1.0), 200: placed(x=50.0), 300: placed(x=51.0)}
    motion = track(poses, breaks_ns=[START + 200 * MS])
    assert motion.until(START + 150 * MS).at(START).position[0] == 0.0
    after = motion.until(START + 250 * MS)
    assert after.at(START + 200 * MS).position[0] == 50.0
    assert after.at(START + 100 * MS) is None


def test_what_was_known_reaches_back_ten_seconds():
    stamps_ns = [START + number * S // 10 for number in range(200)]
    motion = PoseTrack(stamps_ns, [placed(float(number)) for number in range(200)])
    known = motion.until(START + 15 * S)
    assert known.at(START + 5 * S).position[0] == 50.0
    assert known.at(START + 4 * S) is None
    assert known.at(START + 16 * S) is None
