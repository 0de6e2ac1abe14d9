import numpy as np

from vmloc_ros.pose import Pose
from vmloc_ros.ros.broadcast_plan import Fix
from vmloc_ros.ros.map_to_base import MapToBase
from vmloc_ros.ros.map_to_odom import MapToOdom

MS, S = 10**6, 10**9
START = 1_700_000_000 * S
TOLERANCE, TIMEOUT = 200 * MS, 1 * S
HALF = np.sqrt(0.5)


def pose(x, y=0.0, z=0.0, quat_xyzw=(0.0, 0.0, 0.0, 1.0)):
    return Pose(np.array([x, y, z]), np.array(quat_xyzw))


def fix(at_ms, T_map_base=None, taken_ms=0):
    return Fix(START + at_ms * MS, T_map_base or pose(1.0), taken_ms * MS)


class Wheels:
    """Odometry that a test sets, by milliseconds."""

    missing = ""

    def __init__(self, known=None):
        self.known = known or {}

    def at(self, stamp_ns):
        return self.known.get((stamp_ns - START) // MS)


def plan(wheels):
    return MapToOdom(wheels, TOLERANCE, TIMEOUT)


def sent(plan, clock_ms, age_ms=0):
    """Return what is due: (milliseconds, x of the transform)."""
    due = plan.due(START + clock_ms * MS, age_ms * MS)
    return [((ns - START) / MS, round(T.position[0], 9)) for ns, T in due.items()]


def test_map_to_odom_takes_the_base_from_odom_to_where_the_fix_saw_it():
    # The odometry has the base at (1, 0) facing x; the fix has it at (5, 2) facing y (yaw 90°). So
    # odom's x runs along y of map, and odom's origin lies 1 m behind the base: at (5, 1).
    T_odom_base = pose(1.0)
    T_map_base = pose(5.0, 2.0, 0.5, (0.0, 0.0, HALF, HALF))
    correct = plan(Wheels({0: T_odom_base}))
    correct.offer(fix(0, T_map_base))
    T_map_odom = correct.due(START, 0)[START]
    np.testing.assert_allclose(T_map_odom.position, [5.0, 1.0, 0.5], atol=1e-12)
    np.testing.assert_allclose(T_map_odom.quat_xyzw, [0.0, 0.0, HALF, HALF], atol=1e-12)
    np.testing.assert_allclose((T_map_odom @ T_odom_base).matrix(), T_map_base.matrix(), atol=1e-12)


def test_before_the_first_fix_nothing_is_due():
    assert sent(plan(Wheels({0: pose(0.0)})), 0) == []


def test_the_first_fix_holds_from_the_image_on_and_is_then_renewed_ahead_of_the_clock():
    correct = plan(Wheels({0: pose(0.0)}))
    correct.offer(fix(0))
    assert sent(correct, 30) == [(0, 1.0), (230, 1.0)]
    assert sent(correct, 80) == [(280, 1.0)]
    assert sent(correct, 130) == [(330, 1.0)]


def test_a_fix_that_is_too_old_is_not_passed_on_and_does_not_come_back_by_itself():
    correct = plan(Wheels({0: pose(0.0)}))
    correct.offer(fix(0, taken_ms=7000))
    assert sent(correct, 1000, age_ms=8000) == [(0, 1.0), (1200, 1.0)]
    assert sent(correct, 1001, age_ms=8001) == []
    assert sent(correct, 1002, age_ms=7000) == []


def test_the_next_fix_is_not_blended_with_what_was_before_the_pause():
    correct = plan(Wheels({0: pose(0.0), 5000: pose(0.0)}))
    correct.offer(fix(0))
    assert sent(correct, 0) == [(0, 1.0), (200, 1.0)]
    assert sent(correct, 2000, age_ms=2000) == []
    correct.offer(fix(5000, pose(2.0), taken_ms=5030))
    assert sent(correct, 5030, age_ms=5030) == [(5000, 2.0), (5230, 2.0)]


def test_a_fix_in_time_changes_only_what_lies_ahead():
    correct = plan(Wheels({0: pose(0.0), 100: pose(0.0)}))
    correct.offer(fix(0))
    assert sent(correct, 30) == [(0, 1.0), (230, 1.0)]
    correct.offer(fix(100, pose(2.0)))
    assert sent(correct, 130) == [(330, 2.0)]


def test_a_clock_that_stands_sends_no_stamp_twice():
    correct = plan(Wheels({0: pose(0.0)}))
    correct.offer(fix(0))
    assert sent(correct, 30) == [(0, 1.0), (230, 1.0)]
    assert sent(correct, 30) == []
    assert sent(correct, 31) == [(231, 1.0)]


def test_a_clock_behind_the_image_dates_by_the_image():
    correct = plan(Wheels({0: pose(0.0)}))
    correct.offer(fix(0))
    assert sent(correct, -5000) == [(0, 1.0), (200, 1.0)]


def test_a_fix_waits_for_its_odometry_while_the_one_before_stays_in_force():
    wheels = Wheels({0: pose(0.0)})
    correct = plan(wheels)
    correct.offer(fix(0))
    sent(correct, 0)
    correct.offer(fix(50, pose(2.0)))
    correct.offer(fix(100, pose(3.0)))
    assert sent(correct, 110) == [(310, 1.0)]
    wheels.known[50] = pose(0.0)
    assert sent(correct, 120) == [(320, 2.0)]
    wheels.known[100] = pose(0.5)
    assert sent(correct, 130) == [(330, 2.5)]


def test_the_newest_fix_wins_and_the_ones_before_it_are_past():
    wheels = Wheels({100: pose(0.0)})
    correct = plan(wheels)
    correct.offer(fix(0))
    correct.offer(fix(100, pose(2.0)))
    assert sent(correct, 110) == [(100, 2.0), (310, 2.0)]
    wheels.known[0] = pose(0.0)
    assert sent(correct, 120) == [(320, 2.0)]


def test_a_fix_that_grew_old_while_it_waited_is_not_passed_on():
    wheels = Wheels()
    correct = plan(wheels)
    correct.offer(fix(0))
    assert sent(correct, 0) == []
    wheels.known[0] = pose(0.0)
    assert sent(correct, 1001, age_ms=1001) == []


def test_a_recording_that_loops_begins_anew():
    correct = plan(Wheels({60_000: pose(0.0), 0: pose(0.0)}))
    correct.offer(fix(60_000))
    assert sent(correct, 60_000) == [(60_000, 1.0), (60_200, 1.0)]
    correct.offer(fix(0, pose(3.0)))
    assert sent(correct, 10) == [(0, 3.0), (210, 3.0)]


def test_after_clear_there_is_no_fix():
    correct = plan(Wheels({0: pose(0.0)}))
    correct.offer(fix(0))
    correct.clear()
    assert sent(correct, 0) == []


def test_limits_change_at_once():
    correct = plan(Wheels({0: pose(0.0)}))
    correct.offer(fix(0))
    correct.set_limits(300 * MS, 2 * S)
    assert sent(correct, 10, age_ms=2000) == [(0, 1.0), (310, 1.0)]


def test_map_to_base_sends_each_fix_once_at_the_stamp_of_its_image():
    follow = MapToBase()
    assert sent(follow, 0) == []
    follow.offer(fix(0, pose(4.0)))
    assert sent(follow, 5000) == [(0, 4.0)]
    assert sent(follow, 6000) == []
    follow.offer(fix(0, pose(5.0)))
    assert sent(follow, 7000) == []  # that stamp is taken
    follow.offer(fix(-60_000, pose(6.0)))
    assert sent(follow, 8000) == [(-60_000, 6.0)]  # a recording that loops
    follow.offer(fix(-59_000))
    follow.clear()
    assert sent(follow, 9000) == []
