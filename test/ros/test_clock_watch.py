"""Jumps and silence of the clock, over DDS with a /clock of our own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

pytest.importorskip("rclpy", reason="needs ROS 2")

from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.time import Time
from rosgraph_msgs.msg import Clock

from vmloc_ros.ros.clock_watch import ClockWatch, SystemClockSteps

S = 1_000_000_000
MS = 1_000_000


class Watched:
    """A node whose clock is watched, and what sends /clock."""

    def __init__(self, use_sim_time: bool) -> None:
        self.player = Node("player")
        self.node = Node(
            "watched", parameter_overrides=[Parameter("use_sim_time", value=use_sim_time)]
        )
        self.reasons: list[str] = []
        self.breaks = False
        self.watch = ClockWatch(self.node, self.on_jump)
        self._publisher = None

    def on_jump(self, reason: str) -> None:
        self.reasons.append(reason)
        if self.breaks:
            raise RuntimeError("the gate is stuck")

    def tick(self, time_ns: int, wait: Callable) -> None:
        """Send a time until the node has it."""
        if self._publisher is None:
            self._publisher = self.player.create_publisher(Clock, "/clock", 10)
        message = Clock(clock=Time(nanoseconds=time_ns).to_msg())

        def arrived() -> bool:
            self._publisher.publish(message)
            return self.node.get_clock().now().nanoseconds == time_ns

        wait(arrived)

    def set_sim_time(self, value: bool) -> None:
        self.node.set_parameters([Parameter("use_sim_time", value=value)])

    def health(self) -> object:
        self.watch.review()
        return self.watch.health(age_s=0.1, limit_s=1.0)


@pytest.fixture
def watched(ros: None, spin: Callable) -> Iterator[Callable]:
    @contextmanager
    def make(use_sim_time: bool) -> Iterator[Watched]:
        watched = Watched(use_sim_time)
        with spin(watched.node, watched.player, threads=2):
            yield watched
        watched.watch.close()
        watched.node.destroy_node()
        watched.player.destroy_node()

    return make


def test_a_recording_that_begins_again_is_one_jump(watched, wait, caplog):
    with watched(use_sim_time=True) as robot:
        for time_ns in (100 * S, 101 * S, 102 * S, 100 * S, 101 * S):
            robot.tick(time_ns, wait)

    assert robot.reasons == ["/clock went back by 2.000 s"]
    assert robot.watch.jumps == 1
    assert caplog.messages == ["/clock went back by 2.000 s: what was known before is forgotten"]


@pytest.mark.parametrize(
    ("step_ns", "reasons"),
    [
        (-2 * MS, ["/clock went back by 0.002 s"]),
        (-MS // 2, []),
        (9 * S, []),
        (11 * S, ["/clock went ahead by 11.000 s"]),
    ],
)
def test_a_step_counts_from_a_size_on(watched, wait, step_ns, reasons):
    with watched(use_sim_time=True) as robot:
        robot.tick(100 * S, wait)
        robot.tick(100 * S + step_ns, wait)

    assert robot.reasons == reasons


def test_the_first_tick_is_no_jump(watched, wait):
    with watched(use_sim_time=True) as robot:
        robot.tick(1_700_000_000 * S, wait)

    assert robot.reasons == []


def test_another_source_of_time_is_a_jump(watched, wait):
    with watched(use_sim_time=False) as robot:
        robot.set_sim_time(True)
        robot.tick(100 * S, wait)
        robot.set_sim_time(False)
        robot.health()

    assert robot.reasons == [
        "time comes from /clock now",
        "time comes from the system clock now",
    ]


def test_what_the_callback_raises_harms_nobody(watched, wait, caplog):
    with watched(use_sim_time=True) as robot:
        robot.breaks = True
        for time_ns in (100 * S, 50 * S, 51 * S, 20 * S):
            robot.tick(time_ns, wait)

    assert robot.watch.jumps == 2
    assert "a jump of the clock was not dealt with" in caplog.messages


def test_many_jumps_are_counted_and_logged_now_and_then(watched, wait, caplog):
    with watched(use_sim_time=True) as robot:
        for time_ns in (100 * S, 50 * S, 100 * S, 50 * S, 100 * S, 50 * S):  # two sources
            robot.tick(time_ns, wait)

    assert len(robot.reasons) == robot.watch.jumps == 5
    assert len(caplog.messages) < 5


def test_after_close_nobody_is_called(watched, wait):
    with watched(use_sim_time=True) as robot:
        robot.tick(100 * S, wait)
        robot.watch.close()
        robot.tick(50 * S, wait)

    assert robot.reasons == []


def test_simulated_time_without_a_publisher_does_not_tick(watched, wait):
    with watched(use_sim_time=True) as robot:
        wait(lambda: not robot.health().ticks)

        assert robot.health().uses_sim_time
        assert robot.health().publishers == 0


def test_simulated_time_ticks_until_it_stops(watched, wait):
    with watched(use_sim_time=True) as robot:
        wait(lambda: not robot.health().ticks)
        robot.tick(100 * S, wait)
        assert robot.health().ticks
        wait(lambda: robot.health().publishers == 1)
        wait(lambda: not robot.health().ticks)


def test_the_system_clock_always_ticks(watched):
    with watched(use_sim_time=False) as robot:
        health = robot.health()

    assert (health.ticks, health.uses_sim_time, health.jumps) == (True, False, 0)
    assert (health.age_s, health.limit_s) == (0.1, 1.0)


def test_a_step_of_the_system_clock_is_found():
    steps = SystemClockSteps()

    found = [
        steps.look(system_ns, steady_ns)
        for system_ns, steady_ns in [
            (1000 * S, 5 * S),
            (1001 * S, 6 * S),
            (1001 * S + 400 * MS, 6 * S + 100 * MS),  # held up between the two readings
            (1001 * S + 500 * MS, 6 * S + 500 * MS),
            (5002 * S, 7 * S),
            (5003 * S, 8 * S),
            (1004 * S, 9 * S),
        ]
    ]

    assert found == [0, 0, 0, 0, 4000 * S, 0, -4000 * S]


def test_the_time_before_the_clock_was_another_one_does_not_count():
    steps = SystemClockSteps()
    steps.look(1000 * S, 5 * S)
    steps.forget()

    assert steps.look(5000 * S, 6 * S) == 0
